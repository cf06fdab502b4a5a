// A database names its columns and the keys of its objects as the statement says, and quotes in an error what it failed on: a credential is
// taken out there, too.
import { expect, it } from "vitest";
import type { DoerOutcome } from "../../src/gateway/packet.ts";
import { read, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const stage = stageOf(t, await t.tenant("acme", 1));
const TOKEN = `ghp_${"aB3dE6gH9jK2mN5pQ8rS".repeat(2).slice(0, 36)}`;

it.each<[string, DoerOutcome]>([
  ["a value", { kind: "done", result: { rows: [[TOKEN]] }, summary: "One row." }],
  ["a key", { kind: "done", result: { rows: [[{ [TOKEN]: 1 }]] }, summary: "One row." }],
  ["a key, deeper", { kind: "done", result: { a: [{ b: { [`x ${TOKEN}`]: { c: "d" } } }] }, summary: "One row." }],
  ["the summary", { kind: "done", result: { rows: [] }, summary: `Nothing of ${TOKEN}.` }],
  ["a refusal", { kind: "refused", why: `invalid input syntax for type integer: "${TOKEN}"`, next: "Change it." }],
  ["a failure", { kind: "failed", why: `GitHub refused it (422: ${TOKEN} is taken).` }],
])("a credential in %s reaches neither the answer nor the status", async (_where, outcome) => {
  stage.world.outcome = outcome;
  const asked = read({ tool: "sql.select", arguments: { statement: "select 1" } });
  const answer = await stage.gateway.handle(stage.who, asked, 10_000);
  expect(answer.kind).toBe(outcome.kind);
  expect(JSON.stringify(answer)).not.toContain(TOKEN);
  if (answer.call !== null)
    expect(JSON.stringify(await stage.gateway.status(stage.who, answer.call, 0))).not.toContain(TOKEN);
});

it("what holds none comes back as it was", async () => {
  const result = { rows: [[{ b: 1, a: ["x", null, true], 7: "y" }]], columns: [{ name: "n" }] };
  stage.world.outcome = { kind: "done", result, summary: "One row." };
  expect(await stage.gateway.handle(stage.who, read(), 10_000)).toMatchObject({ kind: "done", result });
});
