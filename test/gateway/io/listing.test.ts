// `countersign call list` and `call show`, over a real database: calls in each state and of each ending, and nobody else's.

import { beforeAll, describe, expect, it } from "vitest";
import { callText } from "../../../src/cli/call-text.ts";
import { listCalls, readTrace } from "#gateway/io";
import { wholeCall } from "../../../src/main/call.ts";
import type { Answer } from "#gateway";
import type { CallId } from "#kernel";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { merge, OTHER_HEAD, pendingOf, propose, read, some, stageOf, type Stage } from "../support/stage.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

const callOf = (answer: Answer): CallId => some("call" in answer ? answer.call : null);
const handled = async (s: Stage, asked: ReturnType<typeof read>): Promise<CallId> =>
  callOf(await s.gateway.handle(s.who, asked, 5_000));
const waiting = async (s: Stage) => pendingOf(await s.gateway.handle(s.who, merge(), 5_000));

/** As `call show` says it. */
const shownText = (s: Stage, call: CallId): Promise<string> =>
  s.inTenant(async (tx) => callText(some(await wholeCall(t, tx, call)), null).join("\n"));

type Case = readonly [
  ending: string,
  act: (s: Stage) => Promise<CallId>,
  listed: object,
  sentences: readonly (string | RegExp)[],
];
const CASES: readonly Case[] = [
  ["done", (s) => handled(s, read()), { state: "ended", outcome: "done", colour: "GREEN", tool: "repo.read" },
    ["repo.read: it was done.", "Asked by builder for mona", 'paths = ["README.md"]', "Verdict GREEN", "default.read@1", "No person was asked.", "Answered: Read one file.", "call.execute  intent"]],
  ["refused by a rule", (s) => handled(s, propose(".github/workflows/ci.yml")), { state: "ended", outcome: "refused", code: "policy_red", colour: "RED" },
    ["it was refused", "never.gate_files@1", "No doer has taken a packet", "call.refused  refused"]],
  ["of a tool that there is not", (s) => handled(s, read({ tool: "root.shell" })), { outcome: "refused", code: "tool_unknown", tool: null, colour: null },
    ["A tool that there is not: it was refused", "Nothing was decided about it."]],
  ["whose arguments do not fit", (s) => handled(s, read({ arguments: { repository: "acme/shop" } })), { outcome: "refused", code: "arguments_invalid" },
    ["Nothing was decided about it.", "repository = acme/shop"]],
  ["that waits for a person", async (s) => (await waiting(s)).call, { state: "pending", outcome: null, colour: "YELLOW" },
    ["it waits for a person.", "A person was asked: countersign approval show", "human.irreversible@1", "approval.request  success"]],
  ["that a person refused", async (s) => {
      const { call, approval } = await waiting(s);
      await s.answer(approval, "reject");
      await s.resume(call);
      return call;
    }, { outcome: "refused", code: "rejected" }, ["Answered: A person said no: because", "approval.decide"]],
  ["that nobody answered in time", async (s) => {
      const { call, approval: _ } = await waiting(s);
      s.world.monotonicMs += 61 * 60_000;
      await s.inTenant((tx) => s.approvals.expireDue(tx));
      await s.resume(call);
      return call;
    }, { outcome: "refused", code: "timeout" }, ["It timed out", "approval.expire"]],
  ["whose yes is void", async (s) => {
      const { call, approval } = await waiting(s);
      await s.answer(approval, "approve");
      s.world.head = OTHER_HEAD;
      await s.resume(call);
      return call;
    }, { outcome: "refused" }, ["it was refused"]],
  ["approved, and done", async (s) => {
      const { call, approval } = await waiting(s);
      await s.answer(approval, "approve");
      await s.resume(call);
      return call;
    }, { outcome: "done", colour: "GREEN" }, ["A person was asked", "approval.decide  success", "call.execute  intent"]],
  ["that failed when it was carried out", (s) => {
      s.world.outcome = { kind: "failed", why: "The disk was full." };
      return handled(s, read());
    }, { outcome: "failed" }, ["it failed", "The disk was full."]],
  ["that the doer refused", (s) => {
      s.world.outcome = { kind: "refused", why: "There is no such branch.", next: "Name another one." };
      return handled(s, read());
    }, { outcome: "refused", code: "doer_refused" }, ["There is no such branch. Name another one."]],
  ["that was stopped while it ran", (s) => {
      s.world.outcome = { kind: "killed", why: "Stopped by a person." };
      return handled(s, read());
    }, { state: "ended" }, [/it (?:was refused|failed)/, /[Ss]topped/]],
  ["of an agent that was stopped before", (s) => {
      s.kill({ kind: "tenant", tenant: acme.id });
      return handled(s, read());
    }, { outcome: "refused", code: "killed", colour: null }, ["it was refused (killed)"]],
  ["that is only explained", (s) => handled(s, read({ explain: true })), { outcome: "explained", colour: "GREEN" },
    ["was explained, and not done", "Answered: "]],
  ["that is being carried out", async (s) => {
      s.world.outcome = null;
      const call = callOf(await s.gateway.handle(s.who, read(), 0));
      await expect.poll(() => s.sent().map((packet) => packet.call)).toEqual([call]);
      return call;
    }, { state: "executing", outcome: null }, ["it is being carried out."]],
]; // prettier-ignore

describe("X9 a call as an operator sees it", () => {
  it.each(CASES)("%s", async (_, act, listed, sentences) => {
    const s = stageOf(t, acme);
    const call = await act(s);
    const { state } = await s.inTenant(async (tx) => {
      const found = (await listCalls(tx, { open: false, most: 1_000 })).find((each) => each.call === call);
      expect(found).toMatchObject(listed);
      return some(found);
    });
    const text = await shownText(s, call);
    for (const sentence of sentences)
      if (typeof sentence === "string") expect(text).toContain(sentence);
      else expect(text).toMatch(sentence);
    // A line in the list of what is open exactly while it has not ended.
    const open = await s.inTenant((tx) => listCalls(tx, { open: true, most: 1_000 }));
    expect(open.some((each) => each.call === call)).toBe(state !== "ended");
  });

  it.each<[string, (s: Stage) => Promise<CallId>, object, object]>([
    ["done", (s) => handled(s, read()), { level: "DEFAULT", why: "" }, { level: "DEFAULT", attributes: { colour: "GREEN", rules: "default.read@1" } }], // prettier-ignore
    ["refused by a rule", (s) => handled(s, propose(".github/workflows/ci.yml")), { level: "WARNING", why: "policy_red" }, { level: "WARNING", why: expect.stringMatching(/^RED: .*never\.gate_files@1/), attributes: { colour: "RED" } }], // prettier-ignore
    ["that waits for a person", async (s) => (await waiting(s)).call, { level: "DEFAULT" }, { level: "WARNING", attributes: { colour: "YELLOW", rules: expect.stringContaining("human.irreversible@1") } }], // prettier-ignore
    ["that failed when it was carried out", (s) => {
      s.world.outcome = { kind: "failed", why: "The disk was full." };
      return handled(s, read());
    }, { level: "ERROR", why: "failed" }, { level: "DEFAULT" }],
  ])("X9 its trace says how it went, and which rules decided: %s", async (_, act, root, verdict) => {
    const s = stageOf(t, acme);
    const call = await act(s);
    const { spans } = some(await s.inTenant((tx) => readTrace(t.keys, tx, call)));
    expect(spans.find(({ as }) => as === "agent")).toMatchObject(root);
    expect(spans.find(({ name }) => name === "verdict")).toMatchObject(verdict);
  }); // prettier-ignore

  it("the newest first, and no more than were asked for", async () => {
    const s = stageOf(t, acme);
    const calls = [await handled(s, read()), await handled(s, read())];
    const two = await s.inTenant((tx) => listCalls(tx, { open: false, most: 2 }));
    expect(two.map(({ call }) => call)).toEqual(calls.toReversed());
  });

  it("T2 another client's calls are in no list, and none of them is shown", async () => {
    const [ours, theirs] = [stageOf(t, acme), stageOf(t, globex)];
    const call = await handled(ours, read());
    const [their] = [await handled(theirs, read())];
    const seen = await theirs.inTenant(async (tx) => ({
      listed: (await listCalls(tx, { open: false, most: 1_000 })).map((each) => each.call),
      shown: await wholeCall(t, tx, call),
    }));
    expect(seen).toEqual({ listed: [their], shown: null });
  });
});
