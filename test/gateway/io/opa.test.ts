// OPA_URL: an Open Policy Agent server decides the calls of a running gateway, in place of Countersign's own rules. What forbids stays.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { callId } from "#kernel";
import { opaEngine } from "#policy/io";
import { opaServer } from "../../policy/opa-server.ts";
import { forbid } from "../../policy/rules.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { temporaryDirectory } from "../../support/program.ts";
import { merge, pendingOf, propose, read, some, stageOf } from "../support/stage.ts";

const t = await testDatabase();
const server = await opaServer();
afterAll(() => server.close());
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});
beforeEach(() => {
  server.answering = { kind: "decides" };
});
const answers = (verdict: string, revision: string) => {
  const result = { verdict, reasons: [{ id: "acme.rego", version: "7", text: "Because Rego says so." }], errors: [] };
  const provenance = { bundles: { acme: { revision } } };
  server.answering = { kind: "answers", status: 200, body: JSON.stringify({ result, provenance }) };
};
const stage = (clientsDir?: string) =>
  stageOf(t, acme, {
    chosen: opaEngine({ url: server.url, timeoutMs: 2_000 }),
    ...(clientsDir === undefined ? {} : { clientsDir }),
  });

describe("G3 a call that OPA decides about", () => {
  it("goes by itself where it says GREEN, and its row says which bundle did", async () => {
    answers("GREEN", "r1");
    const s = stage();
    const done = await s.gateway.handle(s.who, read(), 5_000);
    expect(done).toMatchObject({ kind: "done" });
    expect((await s.call(some(callId(String(done.call)))))["policy_set"]).toMatch(/opa:r1$/);
  });

  it("is refused where it says RED, by its rule and in its words", async () => {
    answers("RED", "r1");
    const s = stage();
    expect(await s.gateway.handle(s.who, read(), 5_000)).toMatchObject({
      kind: "refused",
      code: "policy_red",
      rules: [{ id: "acme.rego", version: "7", text: "Because Rego says so." }],
    });
    expect(s.sent()).toEqual([]);
  });

  it("waits for a person where it says YELLOW, is decided again with the yes, and the bundle may have moved on meanwhile", async () => {
    answers("YELLOW", "r1");
    const s = stage();
    const { approval, call } = pendingOf(await s.gateway.handle(s.who, merge(), 5_000));
    answers("GREEN", "r2");
    await s.answer(approval, "approve");
    await s.resume(call);
    expect(await s.call(call)).toMatchObject({ outcome: "done" });
    expect(s.sent()).toHaveLength(1);
  });

  it("fails closed: a yes is worth nothing where it says RED by then", async () => {
    answers("YELLOW", "r1");
    const s = stage();
    const { approval, call } = pendingOf(await s.gateway.handle(s.who, merge(), 5_000));
    answers("RED", "r2");
    await s.answer(approval, "approve");
    await s.resume(call);
    expect(await s.call(call)).toMatchObject({ outcome: "refused", code: "policy_red" });
    expect(s.sent()).toEqual([]);
  });

  it("is refused by the floor, whatever it says", async () => {
    answers("GREEN", "r1");
    const s = stage();
    expect(await s.gateway.handle(s.who, propose(".github/workflows/ci.yml"), 5_000)).toMatchObject({
      code: "policy_red",
      rules: expect.arrayContaining([expect.objectContaining({ id: "never.gate_files" })]),
    });
  });

  it("is refused by the client's own rules, whatever it says", async () => {
    answers("GREEN", "r1");
    const clientsDir = temporaryDirectory();
    mkdirSync(join(clientsDir, "acme", "constitution"), { recursive: true });
    const rule = forbid({
      id: "acme.no_reading",
      head: 'principal, action == Countersign::Action::"repo.read", resource',
    });
    writeFileSync(join(clientsDir, "acme", "constitution", "own.cedar"), rule);
    const s = stage(clientsDir);
    expect(await s.gateway.handle(s.who, read(), 5_000)).toMatchObject({
      code: "policy_red",
      rules: [expect.objectContaining({ id: "acme.no_reading" })],
    });
  });

  it("is refused where it cites a rule that is not there, whatever it says", async () => {
    answers("GREEN", "r1");
    const s = stage();
    expect(await s.gateway.handle(s.who, read({ citations: ["acme.nothere@9"] }), 5_000)).toMatchObject({
      code: "policy_red",
      rules: expect.arrayContaining([expect.objectContaining({ id: "never.cite_unknown" })]),
    });
  });

  it("fails closed: is refused where it does not answer", async () => {
    server.answering = { kind: "hangs up" };
    const s = stage();
    expect(await s.gateway.handle(s.who, read(), 5_000)).toMatchObject({
      kind: "refused",
      code: "policy_red",
      why: expect.stringContaining("could not be applied"),
    });
    expect(s.sent()).toEqual([]);
  });
});
