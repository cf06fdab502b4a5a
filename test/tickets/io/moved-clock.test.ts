// T6, T7, S1: the clock of a real PostgreSQL that runs is moved. Nothing in the rows is: days pass because the server says so.

import { describe, expect, it } from "vitest";
import { installationId, type TicketId } from "#kernel";
import { createDelivery, createTell } from "#notify/io";
import { withOperator } from "#platform/postgres";
import { believeClock, createPass, createTickets, type TicketsDeps } from "#tickets/io";
import { ticketClockFinding } from "../../../src/main/ticket-finding.ts";
import { Provider } from "../../notify/support/stage.ts";
import { movedServer } from "../../support/moved-clock.ts";
import { stageOf } from "../stage.ts";

const server = await movedServer();
const { claim, database, keys } = server;
const { append } = server.audit;
const id = claim.tenantId;
const fresh: typeof database.withTenant = async (_, work) =>
  database.withTenant((await database.claimFor(id)) ?? expect.unreachable("an active client"), work);
const s = await stageOf(
  {
    db: { ...database, withTenant: fresh },
    keys,
    append,
    adminSql: server.adminSql,
    tenant: async () => ({ id, prefix: "acme", claim, installation: installationId(1) ?? expect.unreachable() }),
  },
  "acme",
  1,
);
const provider = new Provider();
const { send } = provider;
const deps: TicketsDeps = { ...s.deps, tell: createTell(keys, async () => []) };
const tickets = createTickets(deps);
const problems: unknown[] = [];
const { drain: deliver } = createDelivery({
  database,
  append,
  keys,
  carriers: { github: send, slack: send, mail: send, webhook: send },
  stands: async (tx, about) => about.kind === "ticket" && tickets.wanted(tx, about),
  onDelivered: async (tx, about, at) => {
    if (about.kind === "ticket") await tickets.delivered(tx, about, at);
  },
  onLost: async () => expect.unreachable("nothing is given up"),
  onProblem: (_, error) => problems.push(error),
});
/** A server's timers, from its start on. */
function startServer() {
  const pass = createPass({
    ...deps,
    database,
    monotonicMs: () => performance.now(),
    onTrouble: (e) => problems.push(e),
  });
  return async () => {
    const { closing, ...passed } = await pass();
    const closed = await closing;
    while ((await deliver()) > 0);
    return { ...passed, closed };
  };
}
/** So many hours later, with nobody running meanwhile: the first look of a process that starts then. */
async function later(hours: number) {
  server.move(hours);
  return startServer()();
}
/** What its timers told, as the provider has it. */
const taken = (ticket: TicketId): readonly string[] =>
  provider.taken.flatMap(({ about }) =>
    about.kind === "ticket" && about.ticket === ticket && about.notice !== null ? [about.notice] : [],
  );
const state = async (ticket: TicketId) => (await s.row(ticket))["state"];
const believe = () => withOperator(server.operator, believeClock);
const ask = async (): Promise<TicketId> => {
  const ticket = await s.open();
  const asked = await s.inTenant(
    (tx) =>
    tickets.act(tx, ticket, { kind: "ask" }, { party: { type: "operator", id: "mona" }, name: "Mona", requestId: "t", channel: "cli" }, "Which?"), // prettier-ignore
  );
  expect(asked.kind).toBe("done");
  return ticket;
};
const DAY = 24;

it("the clock is the server's own: days pass in it, and here none", async () => {
  const [before] = await server.adminSql("select extract(epoch from clock_timestamp())::float as at");
  server.move(7 * DAY);
  const [after] = await server.adminSql("select extract(epoch from clock_timestamp())::float as at");
  server.move(0);
  expect(Number(after?.["at"]) - Number(before?.["at"])).toBeGreaterThan(7 * DAY * 3_600 - 5);
});

describe("T6 seven days ahead for a minute", () => {
  let warned: TicketId;
  let asked: TicketId;

  it("S1 of a clock that goes as it should, one is nudged, then warned", async () => {
    warned = await ask();
    expect(await later(DAY + 1)).toMatchObject({ believed: true });
    expect(taken(warned)).toEqual(["nudge_24h"]);
    expect(await later(3 * DAY + 2)).toMatchObject({ believed: true, closed: 0 });
    expect(taken(warned)).toEqual(["nudge_24h", "nudge_72h"]);
    asked = await ask();
  });

  it("T6 S1 nothing is closed, nudges go on, and doctor says what the clock did", async () => {
    const pass = startServer();
    expect(await pass()).toMatchObject({ believed: true, closed: 0 });
    server.move(10 * DAY + 2);
    for (let n = 0; n < 3; n += 1) expect(await pass()).toMatchObject({ believed: false, closed: 0 });
    expect(await state(warned), "days after its deadline, by that clock").toBe("waiting_client");
    expect(taken(asked)).toContain("nudge_24h");
    expect(await ticketClockFinding(database)).toMatch(/clock went from .* to /);

    server.move(3 * DAY + 2);
    const before = provider.asked.length;
    for (let n = 0; n < 3; n += 1) expect(await pass()).toMatchObject({ believed: false, closed: 0, told: 0 });
    expect(provider.asked, "nothing is sent again").toHaveLength(before);
    expect(await ticketClockFinding(database)).not.toBeNull();
  });

  it("T6 what comes due after that minute is told as on any other day: no pace is a week ahead", async () => {
    const another = await ask();
    await later(4 * DAY + 3);
    expect(taken(another)).toContain("nudge_24h");
  });

  it("T6 S1 it stays so whoever starts, until a person has looked; then the wait ends when its deadline is over", async () => {
    expect(await later(7 * DAY + 4)).toMatchObject({ believed: false, closed: 0 });
    expect(await state(warned)).toBe("waiting_client");
    expect(await believe()).toBe(true);
    expect(await ticketClockFinding(database)).toBeNull();
    expect(await later(7 * DAY + 5)).toMatchObject({ believed: true, closed: 1 });
    expect(await s.row(warned)).toMatchObject({ state: "closed", close_reason: "aged_out" });
    expect(taken(warned)).toEqual(["nudge_24h", "nudge_72h"]);
    expect(await state(asked), "its own warning is not a day old").toBe("waiting_client");
  });
});

describe("T7 two hours back", () => {
  it("T7 nothing is sent again, nothing is closed, and doctor says so; then it goes on as before", async () => {
    const at = 20 * DAY;
    await later(at);
    const ticket = await ask();
    await later(at + DAY + 1);
    expect(taken(ticket)).toContain("nudge_24h");
    const pass = startServer();
    expect(await pass()).toMatchObject({ believed: true });
    const before = provider.asked.length;
    server.move(at + DAY - 1);
    for (let n = 0; n < 3; n += 1) expect(await pass()).toMatchObject({ believed: false, closed: 0, told: 0 });
    expect(await ticketClockFinding(database)).toMatch(/clock went from .* to /);
    server.move(at + DAY + 1);
    expect(await pass()).toMatchObject({ believed: false, closed: 0, told: 0 });
    expect(provider.asked).toHaveLength(before);
    expect(await believe()).toBe(true);
    await later(at + 3 * DAY + 2);
    expect(taken(ticket)).toEqual(["nudge_24h", "nudge_72h"]);
    expect(await state(ticket)).toBe("waiting_client");
    expect(problems).toEqual([]);
  });
});
