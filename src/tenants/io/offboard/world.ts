// What is done outside the database: leases, installations at GitHub, and API keys, which are asked for from outside.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, installationId, type InstallationId } from "#kernel";
import { branded, withOperator } from "#platform/postgres";
import type { StepDetail } from "../../offboard.ts";
import { note } from "./ledger.ts";
import { failed, taken, type Going, type OffboardParts, type StepAnswer } from "./parts.ts";

const numbers = z.array(branded(z.int(), installationId));
/** Those that a step noted while there was a registry of them. */
export const installationsIn = (detail: StepDetail): readonly InstallationId[] =>
  numbers.catch([]).parse(detail["installations"]);

const ownRow = z
  .object({ installation: branded(z.coerce.number(), installationId) })
  .transform(({ installation }) => installation);
const ownInstallations = ({ access }: OffboardParts, { tenantId }: Going): Promise<readonly InstallationId[]> =>
  withOperator(access, (tx) =>
    tx.many(sql`select i as installation from platform.installations_of(${tenantId}::uuid) i`, ownRow),
  );

const NO_APP = "No GitHub App is configured in this process: whoever has it goes on.";

export async function revokeLeases({ leases }: OffboardParts, { tenantId }: Going): Promise<StepAnswer> {
  await leases.revokeAll(tenantId);
  const open = await leases.open(tenantId);
  return open === 0
    ? taken()
    : failed(`${open} leases of this client are not known to be dead. See: countersign lease list`);
}

/** Those that are active: what the client itself shut is not ours to open again. */
export async function suspendInstallations(parts: OffboardParts, going: Going): Promise<StepAnswer> {
  const own = await ownInstallations(parts, going);
  if (own.length === 0) return taken({ installations: [] });
  const { github } = parts;
  if (github === null) return failed(NO_APP);
  const active: InstallationId[] = [];
  for (const each of own) if ((await github.state(each)) === "active") active.push(each);
  // First, so that a reinstatement after a crash finds them.
  await withOperator(parts.access, (tx) =>
    note(tx, going.tenantId, "installations_suspended", { installations: active }),
  );
  await parts.after?.("installations_suspended noted");
  for (const each of active) await github.suspend(each);
  return taken();
}

export async function resumeInstallations(parts: OffboardParts, detail: StepDetail): Promise<StepAnswer> {
  const own = installationsIn(detail);
  if (own.length === 0) return taken();
  if (parts.github === null) return failed(NO_APP);
  for (const each of own) await parts.github.unsuspend(each);
  return taken();
}

export async function disableApiKeys({ access }: OffboardParts, { tenantId }: Going): Promise<StepAnswer> {
  const { hashes } = await withOperator(access, (tx) =>
    tx.one(
      sql`select platform.disable_api_keys(${tenantId}::uuid) as hashes`,
      z.object({ hashes: z.array(z.string()) }),
    ),
  );
  return taken({ apiKeys: hashes });
}

/**
 * INVARIANT: keys are destroyed after this, so that whatever a provider needs from us to revoke is still there. What does not
 * answer keeps everything after it waiting, or is passed over by a person's word, which is an entry.
 */
export async function revokeAtProviders(parts: OffboardParts, going: Going): Promise<StepAnswer> {
  const { tenantId, override } = going;
  const own = await ownInstallations(parts, going);
  const sealed = await parts.keys.seal(tenantId);
  await withOperator(parts.access, (tx) =>
    note(tx, tenantId, "provider_revoked", { installations: own, ...(sealed === null ? {} : { canary: sealed }) }),
  );
  await parts.after?.("provider_revoked noted");
  const problems: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problems.push(`${what}: ${error.message}`);
    }
  };
  await attempt("Leases", async () => {
    const answer = await revokeLeases(parts, going);
    if (answer.kind === "failed") problems.push(answer.why);
  });
  for (const each of own)
    await attempt(`Installation ${each}`, async () => {
      if (parts.github === null) return void problems.push(NO_APP);
      await parts.github.remove(each);
      const state = await parts.github.state(each);
      if (state !== "gone") problems.push(`Installation ${each} is ${state} at GitHub after it was removed.`);
    });
  let credentials: Readonly<Record<string, string>> = {};
  await attempt("Credentials", async () => {
    const channels = await parts.channels.revoke(going);
    credentials = channels.stands;
    problems.push(...channels.problems);
  });
  if (problems.length === 0) return taken({ removed: own.length, credentials });
  return override === null ? failed(problems.join(" ")) : taken({ unanswered: problems.length, override, credentials });
}

/** What a person went past was never answered: asked again before each look, since the certificate waits for it. */
export async function removeAgain({ github }: OffboardParts, { override }: Going, revoked: StepDetail): Promise<void> {
  if (override === null || github === null) return;
  for (const each of installationsIn(revoked)) if ((await github.state(each)) !== "gone") await github.remove(each);
}
