// T13: what silence has closed, and what comes after it.

import { describe, expect, it } from "vitest";
import type { TicketId } from "#kernel";
import { MONA, stage } from "../stage.ts";

const s = await stage();
const noticesOf = (ticket: TicketId): readonly string[] =>
  s.told.flatMap(({ about }) =>
    about.kind === "ticket" && about.ticket === ticket && about.notice !== null
      ? [`${about.epoch} ${about.notice}`]
      : [],
  );
const conversationOf = async (ticket: TicketId): Promise<string> =>
  (await s.inTenant((tx) => s.tickets.read(tx, ticket)))?.conversations[0]?.conversation ?? "";
const state = async (ticket: TicketId) => (await s.row(ticket))["state"];
const after = async (hours: number): Promise<void> => {
  await s.age(hours);
  await s.pass();
};

/** Of the wait that has just begun: nothing a minute too early, each stage in its time, both notices delivered. */
async function wholeWait(ticket: TicketId, epoch: number): Promise<void> {
  const before = noticesOf(ticket);
  await after(23.9);
  expect(noticesOf(ticket)).toEqual(before);
  await after(0.2);
  expect(noticesOf(ticket)).toEqual([...before, `${epoch} nudge_24h`]);
  await s.deliver(ticket, "nudge_24h");
  await after(47.8);
  expect(noticesOf(ticket)).toHaveLength(before.length + 1);
  await after(0.2);
  expect(noticesOf(ticket)).toEqual([...before, `${epoch} nudge_24h`, `${epoch} nudge_72h`]);
  await s.deliver(ticket, "nudge_72h");
  await after(95.7);
  expect(await state(ticket)).toBe("waiting_client");
  await after(0.3);
  expect(await s.row(ticket)).toMatchObject({ state: "closed", close_reason: "aged_out", epoch });
}

describe("T13 reopened after silence had closed it", () => {
  it("by an answer of the client's: a new question has all of its 24, 72 and 168 hours, under a number of its own", async () => {
    const ticket = await s.waiting();
    await wholeWait(ticket, 1);
    expect(await s.hear({ conversation: await conversationOf(ticket), opens: false })).toMatchObject({ ticket });
    expect(await state(ticket)).toBe("in_progress");
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "ask" }, MONA, "And which day?"));
    await wholeWait(ticket, 2);
  });

  it("while it is closed it is given to somebody else as any other, and its warning stays on record", async () => {
    const ticket = await s.waiting();
    await wholeWait(ticket, 1);
    const give = { kind: "reassign", owner: s.people.hubot } as const;
    expect(await s.inTenant((tx) => s.tickets.act(tx, ticket, give, MONA, null))).toMatchObject({ kind: "done" });
    expect(await s.row(ticket)).toMatchObject({ owner: s.people.hubot, state: "closed", warned_at: expect.any(Date) });
  });
});
