import { createReading, FROM_NEWEST, type Audit } from "#audit/io";
import { EVERYTHING } from "#audit";
import type { CallPorts, EntryOfCall, WholeCall } from "#cli";
import { listCalls, readTrace, showCall, verdictOf } from "#gateway/io";
import { agentsHere } from "#identity/io";
import type { CallId } from "#kernel";
import type { Keys } from "#keys/io";
import type { Environment } from "#platform/config";
import type { TenantTx } from "#platform/postgres";
import { oneLog, shellUser, withLogs } from "./tenant-logs.ts";

/** Entries of one call: a verdict, people's answers, an intent, an outcome; of a call that was approved often, more. */
const MOST_ENTRIES = 100;

export const callPorts = (env: Environment, say: (line: string) => void): CallPorts => ({
  trace: (call, tenant) =>
    withLogs(env, say, async (logs) => {
      const one = await oneLog(logs, tenant);
      if ("kind" in one) return one;
      return logs.database.withTenant(await one.claim(), async (tx) => {
        const trace = await readTrace(logs.keys, tx, call);
        const count = trace === null ? 0 : 1;
        const target = { type: "call", id: call } as const;
        await createReading(logs.audit).note(tx, shellUser(), {
          kind: "audit.read",
          target,
          count,
          what: { trace: call },
        });
        return { kind: "trace" as const, trace };
      });
    }),
  list: ({ open, most, tenant }) =>
    withLogs(env, say, async (logs) => {
      const one = await oneLog(logs, tenant);
      if ("kind" in one) return one;
      return logs.database.withTenant(await one.claim(), async (tx) => {
        const calls = await listCalls(tx, { open, most });
        const target = { type: "tenant", id: tx.tenantId } as const;
        await createReading(logs.audit).note(tx, shellUser(), {
          kind: "audit.read",
          target,
          count: calls.length,
          what: { calls: open ? "open" : "newest" },
        });
        const names = new Map((await agentsHere(tx)).map(({ id, name }) => [id, name]));
        return {
          kind: "calls" as const,
          calls: calls.map((each) => ({ ...each, agentName: names.get(each.agent) ?? each.agent })),
        };
      });
    }),
  show: (call, tenant) =>
    withLogs(env, say, async (logs) => {
      const one = await oneLog(logs, tenant);
      if ("kind" in one) return one;
      return logs.database.withTenant(await one.claim(), async (tx) => ({
        kind: "call" as const,
        call: await wholeCall(logs, tx, call),
      }));
    }),
});

/** null: this tenant has no such call. */
export async function wholeCall(
  { keys, audit }: { readonly keys: Keys; readonly audit: Audit },
  tx: TenantTx,
  call: CallId,
): Promise<WholeCall | null> {
  const shown = await showCall(keys, tx, call);
  // That it was read is an entry, with the filter; so it is where there is no such call.
  const { entries } = await createReading(audit).entries(tx, shellUser(), {
    filter: { ...EVERYTHING, request: call },
    cursor: FROM_NEWEST,
    limit: MOST_ENTRIES,
  });
  if (shown === null) return null;
  const oldest = entries.toReversed();
  const verdicts = oldest.flatMap(({ kind, op }) => {
    const found = kind === "call.verdict" && op.kind === "open" ? verdictOf(op.value) : null;
    return found === null ? [] : [found];
  });
  const listed = oldest.map(({ id, at, kind, outcome }): EntryOfCall => ({ id, at, kind, outcome }));
  return { ...shown, verdict: verdicts.at(-1) ?? null, entries: listed };
}
