// The same tools over the real tickets and the real outbox, on the doer's own login: what it may do there, and what it may not.

import sql from "sql-template-tag";
import { beforeAll, describe, expect, it } from "vitest";
import { prNumber, repositoryId, type TicketId } from "#kernel";
import { stage, MONA } from "../tickets/stage.ts";
import { ticketLab } from "./support/ticket-tools.ts";

const s = await stage();
const { t, tenant } = s;
const { lab, run, outbox } = ticketLab(s);
const some = <T>(value: T | null): T => value ?? expect.unreachable();

let byMail: TicketId;
const whole = async () => (await s.inTenant((tx) => s.tickets.read(tx, byMail))) ?? expect.unreachable();

beforeAll(async () => {
  byMail = await s.open({
    channel: "mail",
    conversation: "mail:<one@acme.example>",
    from: { name: "Jane", address: "jane@acme.example", id: null },
  });
});

describe("on the doer's login", () => {
  it("a ticket is read, by its name", async () => {
    expect(await run("ticket.read", { ticket: (await whole()).name })).toMatchObject({
      kind: "done",
      result: { title: { untrusted: "ticket", text: "The export is empty" }, state: "new", owner: "mona" },
    });
  });

  it("a note and a state are kept, by the agent, and nothing leaves", async () => {
    expect(await run("ticket.update", { ticket: "1", state: "working", note: "Looking at the query." })).toMatchObject({
      kind: "done",
      result: { changed: true, state: "in_progress" },
    });
    expect((await whole()).said.at(-1)).toMatchObject({ sender: "ourselves", text: "Looking at the query." });
    expect(await outbox()).toEqual([]);
    expect(await s.entries()).toEqual(expect.arrayContaining(["ticket.state", "ticket.message"]));
  });

  it("mail before anything has shipped is refused by the doer itself", async () => {
    const mail = { ticket: "1", subject: "Fixed", body: "It is." };
    expect(await run("email.notify", mail)).toMatchObject({ kind: "refused" });
    expect(await outbox()).toEqual([]);
  });

  it("a question goes to where the client spoke, and the ticket waits for them from then on", async () => {
    expect(await run("ticket.ask", { ticket: "1", question: "Which export?" })).toMatchObject({
      kind: "done",
      result: { state: "waiting_client" },
    });
    expect(await outbox()).toEqual([{ key: expect.stringContaining(`ticket/${byMail}/1/ask`), channel: "mail" }]);
    expect((await whole()).next).toMatchObject({ action: "nudge_24h" });
  });

  it("X15 a merged pull request of the ticket's is something that shipped; one that is open is not", async () => {
    const pull = { repository: some(repositoryId(7)), number: some(prNumber(12)) };
    await t.adminSql(
      "insert into gate.repository (tenant_id, repository_id, installation_id, name) values ($1, 7, $2, 'acme/shop')",
      [tenant.id, tenant.installation],
    );
    await t.adminSql("insert into gate.pull_request (tenant_id, repository_id, number) values ($1, 7, 12)", [
      tenant.id,
    ]);
    await s.inTenant((tx) => s.tickets.link(tx, byMail, pull, MONA));
    const mail = { ticket: "1", subject: "Merged", body: "The fix is in." };
    expect(await run("email.notify", mail)).toMatchObject({ kind: "refused" });
    await t.adminSql("update gate.pull_request set state = 'merged' where tenant_id = $1", [tenant.id]);
    expect(await run("email.notify", mail)).toMatchObject({ kind: "done" });
    await s.inTenant((tx) => s.tickets.unlink(tx, byMail, pull, MONA));
  });

  it("resolved, the customer can be told, once a call", async () => {
    await s.inTenant((tx) => s.tickets.act(tx, byMail, { kind: "resolve" }, MONA, null));
    const mail = { ticket: "1", subject: "It is fixed", body: "The export has its rows again." };
    expect(await run("email.notify", mail)).toMatchObject({ kind: "done" });
    const sent = (await outbox()).at(-1);
    expect(sent).toMatchObject({ channel: "mail", key: expect.stringContaining("/shipped/") });
  });
});

describe("and not with it", () => {
  it.each([
    ["opens a ticket", sql`insert into tickets.ticket (tenant_id, number) values (${tenant.id}, 99)`],
    ["removes what was said", sql`delete from tickets.message where tenant_id = ${tenant.id}`],
    ["rewrites what was said", sql`update tickets.message set sender = 'client_person' where tenant_id = ${tenant.id}`],
    [
      "says that a warning was delivered",
      sql`update tickets.notice set delivered_at = now() where tenant_id = ${tenant.id}`,
    ],
    ["stops a client's clocks", sql`update tickets.ticket set frozen_at = now() where tenant_id = ${tenant.id}`],
    [
      "says whose tickets are by default",
      sql`update tickets.desk set default_owner = default_owner where tenant_id = ${tenant.id}`,
    ],
    ["reads what others are told", sql`select sealed from notify.notice where tenant_id = ${tenant.id}`],
    ["takes a notice back", sql`update notify.notice set dropped_at = now() where tenant_id = ${tenant.id}`],
    [
      "changes a calendar",
      sql`insert into tickets.calendar (tenant_id, version, hours, target_ms) values (${tenant.id}, 9, '{}', 1)`,
    ],
  ])("nobody who breaks into the doer %s", async (_, statement) => {
    await expect(lab.database.withTenant(tenant.claim, (tx) => tx.run(statement))).rejects.toThrow(/permission denied/);
  });

  it.each([
    ["of an approval", () => [null, "00000000-0000-4000-8000-000000000009"] as const],
    ["of another ticket than its key says", () => [byMail, null] as const],
  ])("nobody who breaks into the doer tells %s", async (_, about) => {
    const [ticket, approval] = about();
    await expect(
      lab.database.withTenant(tenant.claim, (tx) =>
        tx.run(sql`insert into notify.notice (tenant_id, key, channel, ticket_id, approval_id, sealed)
          values (${tenant.id}, 'ticket/other/1/ask/1', 'mail', ${ticket}, ${approval}, ${Buffer.alloc(60)})`),
      ),
    ).rejects.toThrow(/row-level security/);
  });
});
