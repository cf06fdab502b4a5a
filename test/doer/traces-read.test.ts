// traces.read through the doer, over the gateway's own rows: an agent's own calls, and nobody else's.

import { expect, it } from "vitest";
import { createTools, tracesOf } from "#doer/io";
import { NO_RULES } from "#sqlguard";
import { readOutcome } from "../../src/gateway/io/dispatch/outcome.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { AGENT, doerLab, newCall } from "./support/lab.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const globex = await t.tenant("globex", 2);

async function called(tenant: TestTenant, agent: string): Promise<string> {
  const call = newCall();
  await t.adminSql(
    `insert into gateway.call (tenant_id, call_id, agent_id, tool, surface, explain, session, asked_hash, asked)
     values ($1, $2, $3, 'repo.read', 'mcp', false, $4, $4, $4)`,
    [tenant.id, call, agent, Buffer.alloc(32)],
  );
  await t.adminSql(
    "insert into gateway.trace (tenant_id, call_id, closed_at, ending) values ($1, $2, clock_timestamp(), 'done')",
    [tenant.id, call],
  );
  return call;
}

const no = (): never => expect.unreachable("traces take no lease");
const leases = { ask: no, redeem: no, finish: no, open: no, revokeAll: no, close: no };

async function read(call: string | null) {
  const inAcme = <T>(work: Parameters<typeof lab.database.withTenant<T>>[1]) =>
    lab.database.withTenant(acme.claim, work);
  const tools = createTools({
    tickets: null,
    gitHost: "https://github.example",
    scrub: async (texts) => texts,
    traces: (packet, asked) => inAcme((tx) => tracesOf(tx, packet, asked)),
    inTenant: (_, work) => inAcme(work),
    select: { leases, rulesOf: async () => NO_RULES, appendFor: () => async () => null },
  });
  const signed = await lab.sign(acme, { tool: "traces.read", args: { call, most: 20 } });
  await lab.hand(lab.doer({ tools }), acme, signed);
  return t.db.withTenant(acme.claim, (tx) => readOutcome(t.keys, tx, lab.packetOf(signed).call));
}

it("INVARIANT 21 an agent reads its own calls: not another agent's, not another tenant's, also where it names them", async () => {
  const own = await called(acme, AGENT);
  const later = await called(acme, AGENT);
  const others = await called(acme, newCall());
  const foreign = await called(globex, AGENT);
  const all = await read(null);
  expect(lab.faults).toEqual([]);
  expect(all).toMatchObject({
    kind: "done",
    result: { calls: [{ call: later }, { call: own, tool: "repo.read", from: "mcp", trace: { ending: "done" } }] },
  });
  expect(await read(own)).toMatchObject({ result: { calls: [{ call: own }] } });
  for (const not of [others, foreign]) expect(await read(not)).toMatchObject({ kind: "done", result: { calls: [] } });
});
