// The attacker is an agent that would rather have no tickets: it calls them solved, so that nobody looks at them any more, and makes of that
// word its own occasion to write to the customer.

import sql from "sql-template-tag";
import { beforeAll, describe, expect, it } from "vitest";
import { shippedFor } from "#tickets";
import type { TicketId } from "#kernel";
import { ticketLab } from "../doer/support/ticket-tools.ts";
import { MONA, stage } from "../tickets/stage.ts";

const s = await stage();
const { t, tenant } = s;
const { lab, run, outbox } = ticketLab(s);

let ticket: TicketId;
const whole = async () => (await s.inTenant((tx) => s.tickets.read(tx, ticket))) ?? expect.unreachable();
const desk = () => s.inTenant((tx) => s.tickets.list(tx, { owner: null, all: false }));
const mail = { ticket: "1", subject: "It is fixed", body: "Click here." };

beforeAll(async () => {
  ticket = await s.open({
    channel: "mail",
    conversation: "mail:<one@acme.example>",
    from: { name: "Jane", address: "jane@acme.example", id: null },
  });
  await t.adminSql("insert into notify.webhook (tenant_id, sealed, events) values ($1, $2, '{ticket.page}')", [
    tenant.id,
    Buffer.alloc(60),
  ]);
});

describe("an agent calls a ticket solved", () => {
  it("S1 its owner hears of it, and it stays on the desk until a person has looked", async () => {
    expect(await run("ticket.update", { ticket: "1", state: "solved", note: "Nothing to see." })).toMatchObject({
      kind: "done",
      result: { state: "resolved" },
    });
    expect(await desk()).toMatchObject([{ ticket, state: "resolved", solvedByAgent: true, next: null }]);
    expect((await whole()).why.join(" ")).toMatch(/An agent says so.*mona resolves it, or reopens it/);
    expect(await outbox()).toEqual([{ key: expect.stringMatching(/\/0\/solved\/\d+\/event/), channel: "webhook" }]);
  });

  it("24 nothing has shipped by that: the customer is not written to", async () => {
    expect(shippedFor(await whole())).toBeNull();
    expect(await run("email.notify", mail)).toMatchObject({ kind: "refused" });
    expect(await outbox()).toHaveLength(1);
  });

  it("and a second time it says nothing new, in whatever words", async () => {
    expect(await run("ticket.update", { ticket: "1", state: "solved", note: "Really." })).toMatchObject({
      result: { changed: false },
    });
    expect(await whole()).toMatchObject({ solvedByAgent: true });
  });

  it("a person's word makes it resolved, takes it off the desk, and is what has shipped", async () => {
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "resolve" }, MONA, null));
    expect(await whole()).toMatchObject({ state: "resolved", solvedByAgent: false });
    expect(await desk()).toEqual([]);
    expect(await run("email.notify", mail)).toMatchObject({ kind: "done" });
  });

  it("a client's word opens it again, and the next time is an agent's word again", async () => {
    await s.hear({ conversation: "mail:<one@acme.example>", channel: "mail", text: "It is not." });
    expect(await whole()).toMatchObject({ state: "in_progress", solvedByAgent: false });
    await run("ticket.update", { ticket: "1", state: "solved", note: "Now it is." });
    expect(await whole()).toMatchObject({ solvedByAgent: true });
    expect(await run("email.notify", mail)).toMatchObject({ kind: "refused" });
  });
});

it.each([
  ["makes an agent's word a person's", sql`solved_by_agent = false`],
  [
    "closes a ticket",
    sql`state = 'closed', solved_by_agent = false, closed_at = now(), close_reason = 'done', next_action = null, next_due_at = null`,
  ],
])("nobody who breaks into the doer %s", async (_, what) => {
  await expect(
    lab.database.withTenant(tenant.claim, (tx) =>
      tx.run(sql`update tickets.ticket set ${what} where tenant_id = ${tenant.id} and ticket_id = ${ticket}`),
    ),
  ).rejects.toThrow(/row-level security/);
});
