// Invariant 3: what a kill ends besides executions, with the real switch on real PostgreSQL.

import { afterAll, describe, expect, it, vi } from "vitest";
import type { Scope } from "#controls";
import { kill, openKillSwitch } from "#controls/io";
import { Fault, type TenantId } from "#kernel";
import { createLog } from "#platform/log";
import { endLeasesOnKill, type RunningCall } from "../../src/main/controls.ts";
import { aCall, aRepository, anAgent } from "../controls/support/ids.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const acme = await t.tenant("acme", 1);
const globex = await t.tenant("globex", 2);
const stop = (scope: Scope) => kill({ ...t.operator, spool: t.spool }, { scope, reason: "stop", by });

const running: readonly RunningCall[] = [
  { tenant: acme.id, agent: anAgent(1), repository: aRepository(7), call: aCall(1) },
  { tenant: acme.id, agent: anAgent(2), repository: null, call: aCall(2) },
  { tenant: globex.id, agent: anAgent(1), repository: aRepository(7), call: aCall(3) },
];
const killSwitch = await openKillSwitch({ url: t.urls.app, killed: false });
const ended: { readonly tenant: TenantId; readonly run?: string }[] = [];
let broken = false;
const release = endLeasesOnKill({
  killSwitch,
  database: t.db,
  running: () => running,
  log: createLog({ level: "silent", secrets: [] }),
  leases: {
    async revokeAll(whose) {
      ended.push(whose);
      if (broken) throw new Fault("broker_unavailable", "The lease broker does not answer.");
      return { revoked: 1, pending: 0 };
    },
  },
});
afterAll(async () => {
  release();
  await killSwitch.close();
});

const names = (): readonly string[] =>
  ended.map(({ tenant, run }) => `${tenant === acme.id ? "acme" : "globex"} ${run ?? "all"}`).toSorted();

describe("invariant 3, X14: a kill ends the leases in its scope, within a second", () => {
  it.each<[string, Scope, readonly string[]]>([
    ["an agent's: those of its calls", { kind: "agent", tenant: acme.id, agent: anAgent(1) }, [`acme ${aCall(1)}`]],
    [
      "a repository's: those of the calls in it, of that tenant",
      { kind: "repository", tenant: globex.id, repository: aRepository(7) },
      [`globex ${aCall(3)}`],
    ],
    [
      "a tenant's: all of them, whichever process runs with them",
      { kind: "tenant", tenant: acme.id },
      [`acme ${aCall(1)}`, `acme ${aCall(2)}`, "acme all"],
    ],
    [
      "the platform's: all of every tenant",
      { kind: "platform" },
      [`acme ${aCall(1)}`, `acme ${aCall(2)}`, "acme all", `globex ${aCall(3)}`, "globex all"],
    ],
  ])("%s", async (_case, scope, expected) => {
    ended.length = 0;
    await stop(scope);
    await vi.waitFor(() => expect(names()).toEqual(expected), { timeout: 10_000, interval: 5 });
    const [row] = await t.adminSql(
      "select extract(epoch from clock_timestamp() - max(killed_at)) * 1000 as ms from controls.kill",
    );
    expect(Number(row?.["ms"])).toBeLessThan(1_000);
  });

  it("a broker that does not answer for one lease is asked for all the others", async () => {
    [ended.length, broken] = [0, true];
    await t.adminSql("delete from controls.kill");
    await stop({ kind: "platform" });
    await vi.waitFor(() => expect(names()).toHaveLength(5), { timeout: 10_000, interval: 5 });
  });
});
