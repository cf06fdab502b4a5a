// S1: what nobody can remind, read or deliver does not lie there: its owner hears of it, day by day.

import { describe, expect, it } from "vitest";
import { instantOfMillis, type TicketId } from "#kernel";
import { MONA, stage } from "../stage.ts";

const s = await stage();
const tellings = (ticket: TicketId): readonly string[] =>
  s.told.flatMap(({ to, about, message }) =>
    to.kind === "webhooks" && to.event === "ticket.page" && about.kind === "ticket" && about.ticket === ticket
      ? [message.text]
      : [],
  );
const days = async (count: number): Promise<void> => {
  for (let day = 0; day < count; day += 1) {
    await s.age(24.01);
    await s.pass();
    await s.pass();
  }
};
const why = async (ticket: TicketId) => (await s.inTenant((tx) => s.tickets.read(tx, ticket)))?.why.join(" ") ?? "";

/** Nudged, and its warning composed; nobody has taken it. */
async function toWarning(): Promise<TicketId> {
  const ticket = await s.waiting();
  await s.age(24.01);
  await s.pass();
  await s.deliver(ticket, "nudge_24h");
  await s.age(48);
  await s.pass();
  return ticket;
}

describe("S1 a warning that no provider takes", () => {
  it("closes nothing; its owner is told once a day, and the ticket says so", async () => {
    const ticket = await toWarning();
    await s.inTenant((tx) =>
      s.tickets.lost(tx, { kind: "ticket", ticket, epoch: 1, notice: "nudge_72h" }, "The provider refused it."),
    );
    expect(await s.row(ticket)).toMatchObject({ next_action: "page", next_due_at: expect.any(Date) });
    expect(await why(ticket)).toContain("the owner is told once a day");
    await days(10);
    expect(await s.row(ticket)).toMatchObject({ state: "waiting_client", next_due_at: expect.any(Date) });
    const told = tellings(ticket);
    expect(told).toHaveLength(11);
    expect(told.at(-1)).toContain("could not remind the client");
  });

  it("and arrives after all: from then on it is a warning as any other", async () => {
    const ticket = await toWarning();
    await s.inTenant((tx) => s.tickets.lost(tx, { kind: "ticket", ticket, epoch: 1, notice: "nudge_72h" }, "Down."));
    await days(6);
    await s.deliver(ticket, "nudge_72h");
    expect(await s.row(ticket)).toMatchObject({ next_action: "close", next_due_at: expect.any(Date) });
    await s.age(23);
    await s.pass();
    expect((await s.row(ticket))["state"]).toBe("waiting_client");
    await s.age(1.1);
    await s.pass();
    expect(await s.row(ticket)).toMatchObject({ state: "closed", close_reason: "aged_out" });
  });

  it("because the client is reached nowhere any more: as well", async () => {
    const ticket = await s.waiting();
    await s.t.adminSql("update tickets.conversation set gone_at = now() where ticket_id = $1", [ticket]);
    await days(8);
    expect(await s.row(ticket)).toMatchObject({ state: "waiting_client", next_action: "page" });
    expect(tellings(ticket).length).toBeGreaterThanOrEqual(6);
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "start" }, MONA, null));
    expect(await s.row(ticket)).toMatchObject({ state: "in_progress", next_action: "page" });
  });
});

describe("S1 a channel that cannot be read when closing is due", () => {
  it("closes nothing; after a day its owner is told, once a day, and why", async () => {
    const ticket = await toWarning();
    await s.deliver(ticket, "nudge_72h");
    const conversation = (await s.inTenant((tx) => s.tickets.read(tx, ticket)))?.conversations[0]?.conversation ?? "";
    s.signals.set(conversation, { kind: "unknown", why: "The installation is suspended" });
    await s.age(96.1);
    await s.pass();
    expect(tellings(ticket)).toEqual([]);
    await days(3);
    const told = tellings(ticket);
    expect(told).toHaveLength(3);
    expect(told[0]).toContain("github: The installation is suspended.");
    s.signals.set(conversation, { kind: "heard", at: instantOfMillis(Date.now()) });
    await s.age(0.1);
    await s.pass();
    expect((await s.row(ticket))["state"], "the word was there, unread: it wins").toBe("in_progress");
  });
});

describe("R1 S1 a client that leaves while its warning is on its way", () => {
  it("comes back to a timer that still waits for the delivery", async () => {
    const ticket = await toWarning();
    expect(await s.row(ticket)).toMatchObject({ next_action: "close", next_due_at: null });
    await s.inTenant((tx) => s.tickets.freeze(tx, MONA));
    await s.age(100);
    await s.inTenant((tx) => s.tickets.thaw(tx, MONA));
    expect(await s.row(ticket)).toMatchObject({ next_action: "close", next_due_at: null, frozen_at: null });
    await s.deliver(ticket, "nudge_72h");
    expect((await s.row(ticket))["next_due_at"]).toBeInstanceOf(Date);
  });
});
