// A client's way out, wired: keys, GitHub, folders, certificate; and the server's part, which is to go on with every one that is open.

import { randomUUID } from "node:crypto";
import type { Append, Broker } from "#audit/io";
import type { TenantId } from "#kernel";
import type { Kms } from "#keys";
import type { Keys } from "#keys/io";
import type { ConnectedLeases } from "#leases/io";
import type { ChannelsConfig } from "#platform/config";
import type { Installations } from "#platform/github";
import type { Log } from "#platform/log";
import {
  createRoleDatabase,
  withOperator,
  type Database,
  type OperatorOptions,
  type RoleDatabase,
} from "#platform/postgres";
import { STAYS, type CertificateSide } from "#tenants";
import {
  createAssets,
  createCertificates,
  drive,
  githubSide,
  openClients,
  openOffboardings,
  type By,
  type Driven,
  type OffboardParts,
} from "#tenants/io";
import { recordAlarm } from "./alarm.ts";
import { channelSide } from "./channel-side.ts";
import { keySide } from "./erasures.ts";
import { leaseSide } from "./lease-side.ts";
import { repeat, type Opened } from "./lifecycle.ts";

const EVERY_MS = 2_000;

export interface WayOut {
  readonly operator: OperatorOptions;
  readonly append: Append;
  readonly database: Database;
  readonly verifier: RoleDatabase<"verifier">;
  /** null: no GitHub App is configured here. */
  readonly installations: Installations | null;
  /** null: no lease broker runs here. */
  readonly leases: ConnectedLeases | null;
  readonly keys: Keys;
  readonly kms: Kms;
  readonly clientsDir: string;
  readonly backupDays: number;
  /** The holder of the log's key, asked for when there is something to sign. */
  readonly broker: () => Promise<Broker>;
  readonly by: By;
  readonly channels: ChannelsConfig;
}

export async function wayOut(given: WayOut): Promise<OffboardParts> {
  const { by, verifier, database, kms, installations } = given;
  const access = { ...given.operator, append: given.append };
  const github = installations === null ? null : githubSide({ access, installations, by });
  const certificate: CertificateSide = {
    issue: async (facts) => createCertificates({ access, signer: await given.broker(), by, stays: STAYS }).issue(facts),
  };
  const clients = await openClients(given.clientsDir);
  return {
    access,
    by,
    database,
    verifier,
    github,
    leases: leaseSide(given.operator, given.leases),
    channels: channelSide({
      access,
      kms,
      clients,
      by,
      place: given.channels,
    }),
    keys: keySide(given.keys, kms),
    assets: createAssets({ access, clients, kms, github: github ?? NOBODY }),
    certificate,
    backupDays: given.backupDays,
  };
}

/** Without an App: nothing at GitHub is called gone. */
const NOBODY: Parameters<typeof createAssets>[0]["github"] = { remove: async () => {}, state: async () => "active" };

/** As long as the server runs, where it has the operator's access; otherwise `tenant offboard --resume` goes on. */
export async function driveOffboardings(
  given: Omit<WayOut, "by" | "operator" | "verifier" | "broker"> & {
    readonly operator: OperatorOptions | null;
    readonly verifierUrl: string | null;
    readonly broker: Broker;
    readonly log: Log;
    readonly resources: Opened;
  },
): Promise<void> {
  const { operator, verifierUrl, log, resources } = given;
  if (operator === null || verifierUrl === null) return;
  const verifier = createRoleDatabase({
    url: verifierUrl,
    role: "verifier",
    maxConnections: 2,
    onIdleError: (error) => log.warn({ err: error }, "an idle connection of the verifier broke"),
  });
  resources.add("the offboardings' connections", () => verifier.close());
  const by: By = { operator: { type: "app", id: "countersign" }, requestId: randomUUID() };
  const parts = await wayOut({ ...given, operator, verifier, by, broker: async () => given.broker });
  const told = new Map<TenantId, string>();
  const goOn = async (): Promise<void> => {
    for (const { tenantId } of await withOperator(operator, openOffboardings))
      await tell(given, told, tenantId, await drive(parts, tenantId));
  };
  resources.add("clients that leave", repeat(log, "clients that leave", EVERY_MS, goOn));
}

/** Once for each change of how it stands. */
async function tell(
  { log, database, append }: { readonly log: Log; readonly database: Database; readonly append: Append },
  told: Map<TenantId, string>,
  tenant: TenantId,
  how: Driven,
): Promise<void> {
  const line = how.kind === "failing" ? `failing ${how.step}` : how.kind;
  const changed = told.get(tenant) !== line;
  told.set(tenant, line);
  if (how.kind === "gone") told.delete(tenant);
  if (how.kind === "failing" && how.page) {
    const message = `The erasure of a client has not gone on for 15 minutes, at ${how.step}: ${how.why} It goes on by itself when that is put right; docs/offboarding.md says what else can be done.`;
    log.error({ tenant, step: how.step }, message);
    await recordAlarm({ database, append }, "offboarding", { alarm: "offboarding", message });
  } else if (changed && how.kind === "failing")
    log.warn({ tenant, step: how.step, why: how.why }, "a client's way out does not go on; it is tried again");
  else if (changed && how.kind !== "elsewhere" && how.kind !== "nothing")
    log.info({ tenant, ...how }, "a client's way out");
}
