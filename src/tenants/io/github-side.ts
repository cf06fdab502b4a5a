// What is done to a client's installation at GitHub, in the App's name: with an entry before, and one after that says what GitHub
// answers then. A client that is suspended has no log to write into: its entries stand in the platform's own.

import { z } from "zod";
import type { Party } from "#audit";
import { enterLog, type Append, type AskWorld, type Audit } from "#audit/io";
import {
  Fault,
  installationId,
  PLATFORM_LOG,
  tenantId,
  type EntryId,
  type InstallationId,
  type TenantId,
} from "#kernel";
import type { Installations, InstallationState } from "#platform/github";
import { branded, withOperator, type Database } from "#platform/postgres";
import type { GithubSide } from "../offboard.ts";
import { listTenants, type By, type RegistryAccess } from "./registry.ts";

type Change = "suspend" | "unsuspend" | "remove";

interface GithubSideParts {
  readonly access: RegistryAccess;
  readonly installations: Installations;
  readonly by: By;
}

const OBSERVER: Party = { type: "app", id: "countersign" };
/** What is to be read back. One that is gone is neither to be suspended nor taken back. */
const MEANT: Readonly<Record<Change, readonly InstallationState[]>> = {
  suspend: ["suspended", "gone"],
  unsuspend: ["active", "gone"],
  remove: ["gone"],
};

/** INVARIANT: no call to GitHub that changes something before its intent is committed, and none that is not needed. */
export function githubSide({ access, installations, by }: GithubSideParts): GithubSide {
  async function change(what: Change, installation: InstallationId): Promise<void> {
    if (MEANT[what].includes(await installations.state(installation))) return;
    const tenant = await ownerOf(access, installation);
    const about = { tenant, installation, what, by };
    const { log, intent } = await intend(access, about);
    const close = (outcome: "success" | "refused" | "failure", more: Readonly<Record<string, string>>) =>
      withOperator(access, async (operator) => {
        // Shut meanwhile: the intent stays open in a log that is no longer anybody's to close.
        const tx = await enterLog(operator, log);
        if (tx !== null) await access.append(tx, { ...entry(about, outcome, more), intent });
      });
    try {
      await installations[what](installation);
    } catch (error) {
      // Anything but a plain no may have happened: the intent stays open until GitHub says what became of it.
      if (error instanceof Fault && error.code === "github_refused") await close("refused", { why: error.message });
      throw error;
    }
    const state = await installations.state(installation);
    const done = MEANT[what].includes(state);
    await close(done ? "success" : "failure", { state });
    if (!done)
      throw new Fault(
        "github_unavailable",
        `GitHub took the request to ${what} installation ${installation}, and still says that it is ${state}. Run it again.`,
      );
  }
  return {
    state: (installation) => installations.state(installation),
    suspend: (installation) => change("suspend", installation),
    unsuspend: (installation) => change("unsuspend", installation),
    remove: (installation) => change("remove", installation),
  };
}

interface About {
  readonly tenant: TenantId;
  readonly installation: InstallationId;
  readonly what: Change;
  readonly by: By;
}

const entry = (
  { tenant, installation, what, by }: About,
  outcome: "intent" | "success" | "refused" | "failure",
  more: Readonly<Record<string, string>>,
): Parameters<Append>[1] => ({
  kind: "tenant.installation_change",
  outcome,
  action: what,
  observer: OBSERVER,
  initiator: by.operator,
  target: { type: "tenant", id: tenant },
  requestId: by.requestId,
  body: { tenant, installation, change: what, ...more },
});

async function ownerOf(access: RegistryAccess, installation: InstallationId): Promise<TenantId> {
  const all = await withOperator(access, listTenants);
  const owner = all.find((each) => each.installations.includes(installation));
  if (owner === undefined)
    throw new Fault("input_invalid", `Installation ${installation} belongs to no client: it is left as it is.`);
  return owner.tenantId;
}

/** In the client's own log while it takes entries, otherwise in the platform's. */
async function intend(
  access: RegistryAccess,
  about: About,
): Promise<{ readonly log: TenantId; readonly intent: EntryId }> {
  return withOperator(access, async (operator) => {
    const tx = (await enterLog(operator, about.tenant)) ?? (await enterLog(operator, PLATFORM_LOG));
    if (tx === null) throw new Fault("invariant_broken", "The platform's own log is not there.");
    return { log: tx.tenantId, intent: await access.append(tx, entry(about, "intent", {})) };
  });
}

const intended = z.object({
  payload: z.object({
    tenant: branded(z.string(), tenantId),
    installation: branded(z.int(), installationId),
    change: z.enum(["suspend", "unsuspend", "remove"]),
  }),
});

/** For the reconciler: what became of a change whose process ended, as GitHub says now. */
export const installationWorld =
  (parts: {
    readonly database: Pick<Database, "withTenant">;
    readonly installations: Pick<Installations, "state">;
    readonly entryById: Audit["entryById"];
  }): AskWorld =>
  async (claim, intent, conclude) => {
    const found = await parts.database.withTenant(claim, (tx) => parts.entryById(tx, intent.id));
    const body = intended.safeParse(found?.body);
    if (!body.success)
      return conclude({
        standing: { kind: "unknown", why: "the intent's body is erased or cannot be read" },
        target: OBSERVER,
      });
    const { tenant, installation, change } = body.data.payload;
    const state = await parts.installations.state(installation);
    await conclude({
      standing: {
        kind: MEANT[change].includes(state) ? "performed" : "not_performed",
        body: { tenant, installation, state },
      },
      target: { type: "tenant", id: tenant },
    });
  };
