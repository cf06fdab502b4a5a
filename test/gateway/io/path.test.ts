import { beforeAll, describe, expect, test } from "vitest";
import { planAgain } from "#gateway/io";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { comment, merge, MONA, OTHER_HEAD, pendingOf, propose, read, some, stageOf } from "../support/stage.ts";

const t = await testDatabase();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

describe("one call", () => {
  test("GREEN: verdict, intent, packet, answer, in this order (1, X1, X11, X13)", async () => {
    const s = stageOf(t, acme);
    const answer = await s.gateway.handle(s.who, read(), 5_000);
    expect(s.events.filter(({ kind }) => kind === "problem")).toEqual([]);
    expect(answer).toMatchObject({ kind: "done", result: { files: [{ path: "README.md", text: "hello" }] } });
    if (answer.kind !== "done") return;
    expect(await s.entries(answer.call)).toEqual(["call.verdict success", "call.execute intent"]);
    expect(s.sent()).toMatchObject([{ call: answer.call, tool: "repo.read", verdict: "GREEN", approval: null }]);
    const [trace] = await t.adminSql(
      "select ending, closed_at is not null as closed from gateway.trace where call_id = $1",
      [answer.call],
    );
    expect(trace).toEqual({ ending: "done", closed: true });
  });

  test("RED: refused with the rule, and nothing is sent (5)", async () => {
    const s = stageOf(t, acme);
    const answer = await s.gateway.handle(s.who, propose(".github/workflows/ci.yml"), 5_000);
    expect(answer).toMatchObject({
      kind: "refused",
      code: "policy_red",
      human: false,
      rules: [{ id: "never.gate_files" }],
    });
    expect(s.sent()).toEqual([]);
    if (answer.kind !== "refused") return;
    expect(await s.entries(some(answer.call))).toEqual(["call.verdict refused", "call.refused refused"]);
  });

  test("A1 nobody knows whether it was done: the agent stops, and is told what a person looks at", async () => {
    const s = stageOf(t, acme);
    const [why, next] = ["Whether it was done is not known.", "A person looks at the branch."];
    s.world.outcome = { kind: "unknown", why, next };
    const answer = await s.gateway.handle(s.who, read(), 10_000);
    expect(answer).toMatchObject({ kind: "failed", code: "FAIL_TO_HUMAN", why, next });
    expect(await s.gateway.status(s.who, some(answer.call), 0)).toEqual(answer);
  });

  test("YELLOW: a person is asked, and their yes carries out exactly that (14, X15)", async () => {
    const s = stageOf(t, acme);
    const pending = pendingOf(await s.gateway.handle(s.who, merge(), 5_000));
    expect(s.sent()).toEqual([]);
    expect(await s.gateway.status(s.who, pending.call, 0)).toMatchObject({
      kind: "pending",
      approval: pending.approval,
    });
    expect(await s.answer(pending.approval, "approve")).toBe("recorded");
    await s.resume(pending.call);
    expect(s.events.filter(({ kind }) => kind === "problem")).toEqual([]);
    expect(await s.gateway.status(s.who, pending.call, 0)).toMatchObject({ kind: "done" });
    expect(s.sent()).toMatchObject([{ verdict: "YELLOW", approval: pending.approval }]);
    // Again, as a job that is run twice.
    await s.resume(pending.call);
    expect(s.sent()).toHaveLength(1);
  });

  test.each([
    ["another head", (s: ReturnType<typeof stageOf>) => void (s.world.head = OTHER_HEAD), "not_found"],
    ["a gate that fails now", (s: ReturnType<typeof stageOf>) => void (s.world.gate = "failed"), "void"],
    ["an approver who is none any more", (s: ReturnType<typeof stageOf>) => void (s.world.roles = ["viewer"]), "void"],
    ["an agent that was revoked", (s: ReturnType<typeof stageOf>) => void (s.world.revoked = true), "void"],
  ])("approved, and then %s: it is not carried out (14, 15)", async (_, change, code) => {
    const s = stageOf(t, acme);
    const pending = pendingOf(await s.gateway.handle(s.who, merge(), 5_000));
    expect(await s.answer(pending.approval, "approve")).toBe("recorded");
    change(s);
    await s.resume(pending.call);
    expect(await s.gateway.status(s.who, pending.call, 0)).toMatchObject({ kind: "refused", code });
    expect(s.sent()).toEqual([]);
  });

  test.each<[string, (s: ReturnType<typeof stageOf>) => void, object, string]>([
    ["nothing", () => {}, { kind: "same" }, ""],
    [
      "the head",
      (s) => void (s.world.head = OTHER_HEAD),
      { kind: "void", cause: "head_moved" },
      "the pull request has new commits",
    ],
    [
      "the gate, as by a freeze",
      (s) => void (s.world.gate = "failed"),
      { kind: "void", cause: "facts_changed" },
      "the merge gate or a freeze has changed",
    ],
    [
      "a kill",
      (s) => s.kill({ kind: "tenant", tenant: acme.id }),
      { kind: "void", cause: "stopped" },
      "it was stopped",
    ],
    [
      "the agent, which was revoked",
      (s) => void (s.world.revoked = true),
      { kind: "void", cause: "stopped" },
      "stopped",
    ],
    ["GitHub, which is away", (s) => void (s.world.githubAway = true), { kind: "unread" }, ""],
  ])("at the click it is planned again; changed: %s (14)", async (_, change, expected, words) => {
    const s = stageOf(t, acme);
    const pending = pendingOf(await s.gateway.handle(s.who, merge(), 5_000));
    change(s);
    expect(await planAgain(s.deps, acme.claim, pending.approval)).toMatchObject(expected);
    if (words === "") return;
    // The click finds it void, and so does the agent, in words.
    expect(await s.inTenant((tx) => s.approvals.standing(tx, pending.approval))).toMatchObject({ kind: "void" });
    s.kill(null);
    await s.resume(pending.call);
    const answer = await s.gateway.status(s.who, pending.call, 0);
    expect(answer).toMatchObject({ kind: "refused", code: "void", why: expect.stringContaining(words) });
    expect(JSON.stringify(answer)).not.toMatch(/head_moved|facts_changed|arguments_changed/);
    expect(s.sent()).toEqual([]);
  });

  test("a no is the answer, with its reason; time running out is told as that (16)", async () => {
    const s = stageOf(t, acme);
    const [one, two] = [
      pendingOf(await s.gateway.handle(s.who, merge(), 5_000)),
      pendingOf(await s.gateway.handle(s.who, merge(), 5_000)),
    ];
    await s.answer(one.approval, "reject");
    await s.resume(one.call);
    expect(await s.gateway.status(s.who, one.call, 0)).toMatchObject({
      kind: "refused",
      code: "rejected",
      why: "A person said no: because",
    });
    s.world.monotonicMs += 61 * 60_000;
    await s.inTenant((tx) => s.approvals.expireDue(tx));
    await s.resume(two.call);
    expect(await s.gateway.status(s.who, two.call, 0)).toMatchObject({ kind: "refused", code: "timeout" });
    expect(s.sent()).toEqual([]);
  });

  test("whoever asked does not approve (15)", async () => {
    const s = stageOf(t, acme);
    const pending = pendingOf(await s.gateway.handle(s.who, merge(), 5_000));
    expect(await s.answer(pending.approval, "approve", MONA)).toBe("own_request");
  });

  test("explained: the same verdict, and nothing that could carry out (10, X10)", async () => {
    const s = stageOf(t, acme, { explain: true });
    expect(await s.gateway.handle(s.who, read(), 5_000)).toMatchObject({
      kind: "explained",
      verdict: { colour: "GREEN" },
    });
    expect(await s.gateway.handle(s.who, merge(), 5_000)).toMatchObject({
      kind: "explained",
      verdict: { colour: "YELLOW" },
    });
    expect(s.deps.hands).toEqual({ kind: "explain", why: "environment" });
    expect(s.sent()).toEqual([]);
  });

  test("a hook is told the verdict, and nothing runs", async () => {
    const s = stageOf(t, acme);
    expect(await s.gateway.judge(s.who, read())).toMatchObject({ kind: "explained", verdict: { colour: "GREEN" } });
    expect(s.sent()).toEqual([]);
  });
});

describe("idempotency (26)", () => {
  test("the same key and arguments are one call, also from ten places at once", async () => {
    const s = stageOf(t, acme);
    const asked = read({ idempotencyKey: "once" });
    const answers = await Promise.all(Array.from({ length: 10 }, () => s.gateway.handle(s.who, asked, 5_000)));
    const calls = new Set(answers.map((answer) => ("call" in answer ? answer.call : null)));
    expect(calls.size).toBe(1);
    expect(s.sent()).toHaveLength(1);
  });
  test("the same key with other arguments is refused", async () => {
    const s = stageOf(t, acme);
    await s.gateway.handle(s.who, read({ idempotencyKey: "two" }), 5_000);
    expect(await s.gateway.handle(s.who, comment("hello", { idempotencyKey: "two" }), 5_000)).toMatchObject({
      kind: "refused",
      code: "key_reused",
    });
  });
});

describe("refused before anything is decided", () => {
  test.each([
    ["a tool that there is not", read({ tool: "root.shell" }), "tool_unknown"],
    ["a ticket that there is not", read({ tool: "ticket.read", arguments: { ticket: "ACME-8" } }), "not_found"],
    ["arguments that do not fit", read({ arguments: { repository: "acme/shop" } }), "arguments_invalid"],
    ["a fraction", read({ arguments: { repository: "acme/shop", paths: [1.5] } }), "arguments_invalid"],
    ["somebody else's repository", read({ arguments: { repository: "globex/vault", paths: ["."] } }), "not_found"],
  ])("%s", async (_, asked, code) => {
    const s = stageOf(t, acme);
    const answer = await s.gateway.handle(s.who, asked, 5_000);
    expect(answer).toMatchObject({ kind: "refused", code });
    if (answer.kind === "refused") expect(await s.entries(some(answer.call))).toEqual(["call.refused refused"]);
    expect(s.sent()).toEqual([]);
  });
  test("GitHub does not answer: it is refused, and says so", async () => {
    const s = stageOf(t, acme);
    s.world.githubAway = true;
    expect(await s.gateway.handle(s.who, read(), 5_000)).toMatchObject({
      kind: "refused",
      code: "facts_unavailable",
      human: true,
    });
  });
});

describe("kill (2, 3)", () => {
  test("killed: refused, with a closed trace, and no later step runs", async () => {
    const s = stageOf(t, acme);
    s.kill({ kind: "platform" });
    const answer = await s.gateway.handle(s.who, read(), 5_000);
    expect(answer).toMatchObject({ kind: "refused", code: "killed" });
    if (answer.kind !== "refused") return;
    expect(await s.entries(some(answer.call))).toEqual(["call.refused refused"]);
    expect(s.sent()).toEqual([]);
  });
  test("a running call is ended within a second, and its leases first", async () => {
    const s = stageOf(t, acme);
    s.world.outcome = null;
    const answer = s.gateway.handle(s.who, read(), 10_000);
    await expect.poll(() => s.sent().length).toBe(1);
    const at = performance.now();
    s.kill({ kind: "tenant", tenant: acme.id });
    expect(await answer).toMatchObject({ kind: "refused", code: "killed" });
    expect(performance.now() - at).toBeLessThan(1_500);
    expect(s.events.map(({ kind }) => kind)).toContain("leases ended");
  });
});
