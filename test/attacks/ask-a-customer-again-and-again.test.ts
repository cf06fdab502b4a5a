// The attacker is an agent that writes to a customer as often as it likes, and keeps a ticket from ever being over: each question is a
// message, and begins the wait anew.

import { beforeAll, expect, it } from "vitest";
import type { TicketId } from "#kernel";
import { ticketLab } from "../doer/support/ticket-tools.ts";
import { MONA, stage } from "../tickets/stage.ts";

const s = await stage();
const { run, outbox } = ticketLab(s);

let ticket: TicketId;
const ask = (question: string) => run("ticket.ask", { ticket: "1", question });
const epoch = async () => (await s.row(ticket))["epoch"];

beforeAll(async () => {
  ticket = await s.open({
    channel: "mail",
    conversation: "mail:<one@acme.example>",
    from: { name: "Jane", address: "jane@acme.example", id: null },
  });
});

it("S1 the first question goes out", async () => {
  expect(await ask("Which export?")).toMatchObject({ kind: "done" });
  expect(await outbox()).toHaveLength(1);
});

it("the next one does not, while nobody has answered: the wait is the one that it was", async () => {
  expect(await ask("Are you there?")).toMatchObject({
    kind: "refused",
    why: "A question was asked on it already, and nobody has answered since.",
  });
  expect(await epoch()).toBe(1);
});

it("nor after the agent has said in between that it works on it", async () => {
  await run("ticket.update", { ticket: "1", state: "working", note: "At it." });
  expect(await ask("And now?")).toMatchObject({ kind: "refused" });
  await run("ticket.update", { ticket: "1", state: "solved", note: "Done." });
  expect(await ask("And now?")).toMatchObject({ kind: "refused" });
  expect(await outbox()).toHaveLength(1);
});

it.each([["bot"], ["auto_reply"]] as const)("nor because a machine (%s) has answered", async (sender) => {
  await s.hear({ conversation: "mail:<one@acme.example>", channel: "mail", sender });
  expect(await ask("And now?")).toMatchObject({ kind: "refused" });
});

it("when the client has answered, it may ask once more", async () => {
  await s.hear({ conversation: "mail:<one@acme.example>", channel: "mail", text: "The big one." });
  expect(await ask("Since when?")).toMatchObject({ kind: "done" });
  expect(await ask("Since when, please?")).toMatchObject({ kind: "refused" });
});

it("a person of ours asks as often as they like", async () => {
  for (const text of ["Is it urgent?", "By when?"])
    expect(await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "ask" }, MONA, text))).toMatchObject({
      kind: "done",
    });
});
