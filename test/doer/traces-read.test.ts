// traces.read through the doer, over the gateway's own rows: an agent's own calls, and nobody else's.

import { expect, it } from "vitest";
import { z } from "zod";
import { createTools, tracesOf } from "#doer/io";
import { callId } from "#kernel";
import type { SpanDocument } from "#platform/telemetry";
import { NO_RULES } from "#sqlguard";
import { closeTrace } from "../../src/gateway/io/call/trace.ts";
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

/** As the gateway keeps it when a call ends. */
async function traced(call: string, spans: readonly SpanDocument[], dropped = 0): Promise<void> {
  const id = callId(call) ?? expect.unreachable();
  await t.db.withTenant(acme.claim, async (tx) => {
    await closeTrace(t.keys, tx, id, "done", { v: 1, traceId: call.replaceAll("-", ""), spans, dropped }, false);
  });
}
const stage = (at: number, more: Partial<SpanDocument> = {}): SpanDocument => ({
  id: at.toString(16).padStart(16, "0"),
  parent: null,
  name: `stage ${at}`,
  as: "span",
  startedAt: Date.parse("2026-03-02T10:00:00Z") + at,
  ms: 7,
  level: "DEFAULT",
  why: "",
  attributes: {},
  ...more,
});

const no = (): never => expect.unreachable("traces take no lease");
const leases = { ask: no, redeem: no, finish: no, open: no, revokeAll: no, close: no };

async function read(call: string | null) {
  const inAcme = <T>(work: Parameters<typeof lab.database.withTenant<T>>[1]) =>
    lab.database.withTenant(acme.claim, work);
  const tools = createTools({
    tickets: null,
    gitHost: "https://github.example",
    scrub: async (texts) => texts,
    traces: (packet, asked) => inAcme((tx) => tracesOf(t.keys, tx, packet, asked)),
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

it("X9 the stages of a call with their times, in the order in which they began, and not a word of what they were about", async () => {
  const call = await called(acme, AGENT);
  await traced(call, [
    stage(3, { name: "verdict", level: "ERROR", why: "rule 12 of acme", attributes: { colour: "RED" } }),
    stage(0, { name: "call repo.read", ms: 20 }),
    stage(1, { name: "intake" }),
  ]);
  const stages = [
    { stage: "call repo.read", startedAt: "2026-03-02T10:00:00.000Z", ms: 20, level: "DEFAULT" },
    { stage: "intake", startedAt: "2026-03-02T10:00:00.001Z", ms: 7, level: "DEFAULT" },
    { stage: "verdict", startedAt: "2026-03-02T10:00:00.003Z", ms: 7, level: "ERROR" },
  ];
  const one = { call, verdict: null, outcome: null, trace: { ending: "done", stages, leftOut: 0 } };
  expect(await read(call)).toMatchObject({ kind: "done", result: { calls: [one] } });
  const all = await read(null);
  expect(all).toMatchObject({
    kind: "done",
    result: { calls: expect.arrayContaining([expect.objectContaining({ call })]) },
  });
  expect(JSON.stringify(all)).not.toMatch(/rule 12|RED/);
});

it("X9 a call of hundreds of stages: whole where it is asked for alone, cut where it is one of many, and what is left out is counted", async () => {
  const call = await called(acme, AGENT);
  await traced(
    call,
    Array.from({ length: 200 }, (_, at) => stage(at)),
    3,
  );
  const shape = z.object({
    result: z.object({ calls: z.array(z.object({ call: z.string(), trace: z.object({ stages: z.array(z.unknown()), leftOut: z.number() }).nullable() })) }),
  }); // prettier-ignore
  const counted = async (asked: string | null) => {
    const { trace } =
      shape.parse(await read(asked)).result.calls.find((each) => each.call === call) ?? expect.unreachable();
    return [trace?.stages.length, trace?.leftOut];
  };
  expect(await counted(call)).toEqual([200, 3]);
  expect(await counted(null)).toEqual([50, 153]);
});
