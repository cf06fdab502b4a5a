// The invariants of the gateway as predicates over everything that happened and everything that was written down.

import { expect } from "vitest";
import { z } from "zod";
import { digestOf } from "../../../src/gateway/io/digest.ts";
import type { TestDatabase, TestTenant } from "../../support/database.ts";
import type { House } from "./house.ts";

const rowShape = z.object({
  call_id: z.string(),
  state: z.string(),
  explain: z.boolean(),
  colour: z.string().nullable(),
  outcome: z.string().nullable(),
  code: z.string().nullable(),
  approval_id: z.string().nullable(),
  endings: z.int(),
  closed: z.int(),
  taken: z.int(),
});
const bodyShape = z.looseObject({
  target: z.looseObject({ id: z.string() }),
  payload: z.looseObject({
    argsHash: z.string().optional(),
    facts: z.looseObject({ argsHash: z.string() }).optional(),
    verdict: z.union([z.string(), z.looseObject({ colour: z.string(), errors: z.array(z.string()) })]).optional(),
  }),
});

export async function checkAll(t: TestDatabase, tenant: TestTenant, agent: string, house: House): Promise<void> {
  const rows = z.array(rowShape).parse(
    await t.adminSql(
      `select c.call_id, c.state::text, c.explain, c.colour, c.outcome, c.code, c.approval_id,
         (select count(*)::int from gateway.trace x where x.call_id = c.call_id) as endings,
         (select count(*)::int from gateway.trace x where x.call_id = c.call_id and x.closed_at is not null) as closed,
         (select count(*)::int from doer.nonce n where n.call_id = c.call_id) as taken
       from gateway.call c where c.agent_id = $1`,
      [agent],
    ),
  );
  const entries = (await t.db.withTenant(tenant.claim, (tx) => t.audit.recent(tx, { limit: 500 })))
    .filter(({ kind }) => kind.startsWith("call."))
    .map((entry) => ({ ...entry, ...bodyShape.parse(entry.body) }))
    .toReversed();
  const executed = house.happened.flatMap((each) => (each.kind === "executed" ? [each] : []));

  for (const each of executed) {
    const own = entries.filter(({ target }) => target.id === each.call);
    const verdict = own.findLast(({ kind }) => kind === "call.verdict");
    const intent = own.findIndex(({ kind, outcome }) => kind === "call.execute" && outcome === "intent");
    const row = rows.find(({ call_id }) => call_id === each.call);
    expect(verdict?.payload.facts?.argsHash, "1, 20: the verdict about exactly this was written before").toBe(
      each.argsHash,
    );
    expect(intent, "13, 20: an intent was written").toBeGreaterThan(-1);
    expect(
      own.slice(0, intent).some(({ kind }) => kind === "call.verdict"),
      "1: the verdict came first",
    ).toBe(true);
    expect(verdict?.payload.verdict, "4, 5, 6: GREEN without an error, and never RED").toMatchObject({
      colour: "GREEN",
      errors: [],
    });
    expect(each.whileKilled, "2: nothing is carried out while it is stopped").toBe(false);
    expect(row?.explain, "10: what was only to be explained is not carried out").toBe(false);
    expect(digestOf(z.json().parse(each.args)), "12: what is executed is what was decided").toBe(each.argsHash);
    if (each.approval !== null) {
      expect(
        house.happened.some((was) => was.kind === "approved" && was.approval === each.approval),
        "15: a person said yes",
      ).toBe(true);
      expect(each.headSha, "14, 23: at the head that was approved").toBe(each.headNow);
    }
  }
  const perCall = Map.groupBy(executed, ({ call }) => call);
  expect(
    [...perCall.values()].filter((times) => times.length > 1),
    "13, 27: at most once",
  ).toEqual([]);
  const approvals = executed.flatMap(({ approval }) => approval ?? []);
  expect(new Set(approvals).size, "13: one approval, one execution").toBe(approvals.length);

  for (const row of rows) {
    expect(row.endings, "18: one trace for each call").toBe(1);
    expect(["ended", "pending"], `27: ${row.call_id} is finished, refused, or waits for people`).toContain(row.state);
    if (row.state === "ended") expect(row.closed, "18: closed whatever happened").toBe(1);
    const own = entries.filter(({ target }) => target.id === row.call_id);
    expect(own.length, "18: the log tells of it").toBeGreaterThan(0);
    const times = perCall.get(row.call_id)?.length ?? 0;
    if (row.outcome === "done") expect(times, "27: done is done once").toBe(1);
    if (row.outcome === "refused") expect(times, `16, 27: refused (${row.code}) is not carried out`).toBe(0);
    if (row.colour === "RED") expect(times, "5: RED is never carried out").toBe(0);
    if (row.outcome === "failed" && row.taken === 0) expect(times, "X8: never in part").toBe(0);
  }
}
