import { EPOCHS, logOf } from "#audit";
import {
  createReading,
  exportLogs,
  newestNote,
  provenUnderWitnesses,
  readCheckpoint,
  reindex,
  type Exported,
  type Reading,
} from "#audit/io";
import type { AuditPorts, TenantLog, WithLog } from "#cli";
import { instantOfMillis } from "#kernel";
import type { Environment } from "#platform/config";
import type { TenantTx } from "#platform/postgres";
import { askedToEnd } from "./lifecycle.ts";
import { refused, type Refused } from "./refused.ts";
import { logWithEntry, namedLogs, oneLog, shellUser, withLogs, type NamedLog, type OpenLogs } from "./tenant-logs.ts";

export function auditPorts(env: Environment, say: (line: string) => void): AuditPorts {
  let end: Promise<"end"> | null = null;
  return {
    withLog: (tenant, work) =>
      withLogs(env, say, async (logs): Promise<WithLog> => {
        const one = await oneLog(logs, tenant);
        if ("kind" in one) return one;
        await work(tenantLog(logs, one));
        return { kind: "done" };
      }),
    withEntry: (id, tenant, work) =>
      withLogs(env, say, async (logs): Promise<WithLog> => {
        const one = tenant === null ? await logWithEntry(logs, id) : await oneLog(logs, tenant);
        if ("kind" in one) return one;
        await work(tenantLog(logs, one));
        return { kind: "done" };
      }),
    epochCheckpoint: () =>
      withLogs(env, say, async ({ database }) => ({
        note: await database.withPlatform((tx) => newestNote(tx, EPOCHS)),
      })),
    reindex: (tenant) =>
      withLogs(env, say, async (logs) => {
        if (logs.operator === null)
          return refused("DATABASE_ADMIN_URL is missing: the server's own login may not change the search index.");
        const one = await oneLog(logs, tenant);
        if ("kind" in one) return one;
        const done = await reindex({ access: logs.operator, audit: logs.audit, to: shellUser(), say }, one.tenantId);
        return done === null ? refused("The tenant is not active any more.") : { kind: "reindexed", ...done };
      }),
    exportTo: ({ tenant, directory }) =>
      withLogs(env, say, async (logs): Promise<Exported | Refused> => {
        const one = tenant === null ? null : await oneLog(logs, tenant);
        if (one !== null && "kind" in one) return one;
        const { database, audit } = logs;
        return exportLogs(
          { database, reading: createReading(audit), clock: Date.now, say },
          { logs: one === null ? await namedLogs(logs, null) : [one], directory, to: shellUser() },
        );
      }),
    now: () => instantOfMillis(Date.now()),
    // `| head -1`: what is not shown to anybody is not read, and not on record as read.
    heard: () => process.stdout.writable,
    async wait(ms) {
      end ??= askedToEnd(() => {}).then(() => "end");
      const pause = new Promise<"go on">((resolve) => setTimeout(() => resolve("go on"), ms));
      return (await Promise.race([end, pause])) === "go on";
    },
  };
}

export function tenantLog({ database, audit }: OpenLogs, named: NamedLog): TenantLog {
  const to = shellUser();
  const reading: Reading = createReading(audit);
  const { tenantId, prefix } = named;
  const inLog = async <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> =>
    database.withTenant(await named.claim(), work);
  return {
    prefix,
    page: (asked) => inLog((tx) => reading.entries(tx, to, asked)),
    news: (asked) => inLog((tx) => reading.news(tx, to, asked)),
    size: () => inLog((tx) => reading.size(tx)),
    entry: (id) => inLog((tx) => reading.entry(tx, to, id)),
    prove: (id) =>
      inLog(async (tx) => {
        const proof = await provenUnderWitnesses(tx, id);
        const count = proof.kind === "no_such_entry" ? 0 : 1;
        const what = { file: "proof", state: proof.kind };
        await reading.note(tx, to, { kind: "audit.read", target: { type: "entry", id }, count, what });
        return proof;
      }),
    checkpoint: () =>
      inLog(async (tx) => {
        const found = await readCheckpoint(tx, logOf(tenantId));
        await reading.note(tx, to, {
          kind: "audit.read",
          target: { type: "log", id: tenantId },
          count: found === null ? 0 : 1,
          what: { file: "checkpoint" },
        });
        return found?.note ?? null;
      }),
  };
}
