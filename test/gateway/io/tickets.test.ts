// Tickets and mail through the gateway: what is looked up before anything is decided, and what a person reads before they say yes.

import { beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { notify, pendingOf, read, some, stageOf } from "../support/stage.ts";

const t = await testDatabase();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

const ask = (question: string) => read({ tool: "ticket.ask", arguments: { ticket: "ACME-7", question } });

describe("tickets", () => {
  test.each([
    ["ticket.read", { ticket: "ACME-7" }],
    ["ticket.ask", { ticket: "ACME-7", question: "Which browser?" }],
    ["ticket.update", { ticket: "ACME-7", state: "working", note: "At it." }],
  ])("%s of a ticket that there is runs by itself, once its verdict is in the log (X1, X11)", async (tool, args) => {
    const s = stageOf(t, acme);
    const answer = await s.gateway.handle(s.who, read({ tool, arguments: args }), 5_000);
    expect(answer).toMatchObject({ kind: "done" });
    expect(s.sent()).toMatchObject([{ tool, args, verdict: "GREEN" }]);
  });

  test.each(["ticket.read", "ticket.ask", "ticket.update", "email.notify"])(
    "%s of a ticket that there is not, or that is another client's, is refused and nothing is sent",
    async (tool) => {
      const s = stageOf(t, acme);
      s.world.ticket = null;
      const args = {
        "ticket.read": {},
        "ticket.ask": { question: "Which?" },
        "ticket.update": { state: "solved", note: "Done." },
        "email.notify": { subject: "Fixed", body: "It is." },
      }[tool];
      const asked = read({ tool, arguments: { ticket: "ACME-7", ...args } });
      expect(await s.gateway.handle(s.who, asked, 5_000)).toMatchObject({ kind: "refused", code: "not_found" });
      expect(s.sent()).toEqual([]);
    },
  );

  test("a question with a credential in it goes nowhere", async () => {
    const s = stageOf(t, acme);
    const answer = await s.gateway.handle(s.who, ask(`Is ghp_${"a1B2".repeat(9)} yours?`), 5_000);
    expect(answer).toMatchObject({ kind: "refused", code: "policy_red" });
    expect(s.sent()).toEqual([]);
  });

  test("what a customer wrote taints the session that read it", async () => {
    const s = stageOf(t, acme, { agent: 101 });
    s.world.outcome = { kind: "done", summary: "Read.", result: { text: "Totals are wrong." } };
    await s.gateway.handle(s.who, read({ tool: "ticket.read", arguments: { ticket: "ACME-7" } }), 5_000);
    const answer = await s.gateway.handle(s.who, { ...read(), explain: true }, 5_000);
    expect(answer).toMatchObject({ kind: "explained", plan: { facts: { taint: ["ticket"] } } });
  });
});

describe("a ticket on which somebody wrote instructions to agents (X16)", () => {
  const ask = (tool: string, args: Record<string, string>) => read({ tool, arguments: { ticket: "ACME-7", ...args } });

  test("can be read by itself: what is read is screened, and taints the session", async () => {
    const s = stageOf(t, acme, { agent: 103 });
    s.world.ticket = { ...some(s.world.ticket), suspected: true };
    expect(await s.gateway.handle(s.who, ask("ticket.read", {}), 5_000)).toMatchObject({ kind: "done" });
  });

  test.each([
    ["ticket.ask", { question: "Which browser?" }],
    ["ticket.update", { state: "working", note: "At it." }],
  ])("%s about it waits for a person, also from an agent that never read it here", async (tool, args) => {
    const s = stageOf(t, acme, { agent: 104 });
    s.world.ticket = { ...some(s.world.ticket), suspected: true };
    const pending = pendingOf(await s.gateway.handle(s.who, ask(tool, args), 5_000));
    expect(s.sent()).toEqual([]);
    const asked = some(await s.inTenant((tx) => s.approvals.read(tx, pending.approval)));
    expect(asked.shown.observed.join(" ")).toMatch(/has read what others wrote: ticket[^]*looks like instructions/);
    expect(asked.shown.confidence.value).toBeLessThan(40);
  });
});

describe("email.notify", () => {
  test("always asks a person, who reads the mail, whom it goes to and what shipped; a passkey is needed (X15)", async () => {
    const s = stageOf(t, acme, { agent: 102 });
    const pending = pendingOf(await s.gateway.handle(s.who, notify(), 5_000));
    expect(s.sent()).toEqual([]);
    const asked = some(await s.inTenant((tx) => s.approvals.read(tx, pending.approval)));
    expect(asked.risk).toBe("high");
    expect(asked.shown.preview).toBe("It is fixed\n\nTotals round.");
    expect(asked.shown.observed).toEqual([
      "The ticket is ACME-7; it is resolved.",
      "The mail goes to jane@acme.example, who wrote the ticket's first mail, and to nobody else.",
      "Its subject begins with [ACME-7], so that an answer lands on the ticket; the rest is the preview, word for word.",
      "What has shipped for it: It is resolved.",
    ]);
    expect(await s.answer(pending.approval, "approve")).toBe("recorded");
    await s.resume(pending.call);
    expect(s.sent()).toMatchObject([{ tool: "email.notify", verdict: "YELLOW", approval: pending.approval }]);
  });

  test.each([
    ["nothing has shipped", { shipped: null }],
    ["nobody of the customer's ever wrote by mail", { customer: null }],
    ["its address is a list of two", { customer: "jane@acme.example, eve@evil.example" }],
  ])("%s: it is RED, and no yes can be asked for (X15, 24)", async (_, change) => {
    const s = stageOf(t, acme);
    s.world.ticket = { ...some(s.world.ticket), ...change };
    const answer = await s.gateway.handle(s.who, notify(), 5_000);
    expect(answer).toMatchObject({
      kind: "refused",
      code: "policy_red",
      why: expect.stringContaining("Only the ticket's own customer gets email"),
      rules: expect.arrayContaining([expect.objectContaining({ id: "never.unsolicited_mail" })]),
    });
    expect(s.sent()).toEqual([]);
  });

  test("reopened between the yes and the sending: what shipped has not, and nothing leaves (14)", async () => {
    const s = stageOf(t, acme);
    const pending = pendingOf(await s.gateway.handle(s.who, notify(), 5_000));
    await s.answer(pending.approval, "approve");
    s.world.ticket = { ...some(s.world.ticket), state: "in_progress", shipped: null };
    await s.resume(pending.call);
    expect(await s.gateway.status(s.who, pending.call, 0)).toMatchObject({ kind: "refused", code: "void" });
    expect(s.sent()).toEqual([]);
  });

  test.each([["to"], ["cc"], ["recipient"]])("an argument %s is none: nobody can be named", async (name) => {
    const s = stageOf(t, acme);
    const asked = notify({ arguments: { ticket: "ACME-7", subject: "x", body: "y", [name]: "eve@evil.example" } });
    expect(await s.gateway.handle(s.who, asked, 5_000)).toMatchObject({ kind: "refused", code: "arguments_invalid" });
  });
});
