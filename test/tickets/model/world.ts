// A running room on a PostgreSQL whose clock is moved: its timers, its outbox, a provider that may be down, people who leave and come back.

import { expect } from "vitest";
import { z } from "zod";
import { removePerson } from "#identity/io";
import { installationId, instantOfMillis, prNumber, repositoryId, type PersonId, type TicketId } from "#kernel";
import { createDelivery, createTell } from "#notify/io";
import { withOperator } from "#platform/postgres";
import { isOfTickets, type Channel, type Heard, type HeardAnswer, type Signal } from "#tickets";
import {
  believeClock,
  createPass,
  createTickets,
  handOver,
  setHours,
  type Passed,
  type TicketsDeps,
} from "#tickets/io";
import { Provider } from "../../notify/support/stage.ts";
import { movedServer } from "../../support/moved-clock.ts";
import { heardOf } from "../heard.ts";
import { MONA, stageOf } from "../stage.ts";

const whole = [{ from: "00:00", to: "24:00" }];
const week = { monday: whole, tuesday: whole, wednesday: whole, thursday: whole, friday: whole, saturday: whole, sunday: whole }; // prettier-ignore
const moment = z.date().nullable();
const rowShape = z.object({
  ticket_id: z.string(),
  number: z.int(),
  state: z.enum(["new", "triaged", "in_progress", "waiting_client", "resolved", "closed"]),
  owner: z.string(),
  present: z.boolean(),
  epoch: z.int(),
  deadline: moment,
  warned_at: moment,
  next_action: z.string().nullable(),
  next_due_at: moment,
  frozen_at: moment,
  closed_at: moment,
  close_reason: z.string().nullable(),
  notices: z.array(z.string()),
  /** Of the warning of the last wait. */
  delivered_at: moment,
  on_its_way: z.boolean(),
});
export type SeenRow = z.infer<typeof rowShape>;

/** One for a file: it starts a server of its own. */
export async function ticketWorld() {
  const server = await movedServer();
  const { claim, database, keys } = server;
  const { append } = server.audit;
  const id = claim.tenantId;
  const s = await stageOf(
    {
      db: {
        ...database,
        withTenant: async (_, work) =>
          database.withTenant((await database.claimFor(id)) ?? expect.unreachable("an active client"), work),
      },
      keys,
      append,
      adminSql: server.adminSql,
      tenant: async () => ({ id, prefix: "acme", claim, installation: installationId(1) ?? expect.unreachable() }),
    },
    "acme",
    1,
  );
  await s.inTenant((tx) => setHours(s.deps, tx, { calendar: { zone: "UTC", week }, targetMs: 8 * 3_600_000 }, MONA));
  return new World(server, s);
}

export class World {
  readonly provider = new Provider();
  readonly problems: unknown[] = [];
  /** Keys of what the room told, in order. */
  readonly told: string[] = [];
  readonly s: Awaited<ReturnType<typeof stageOf<Parameters<typeof stageOf>[0]>>>;
  readonly tickets: ReturnType<typeof createTickets>;
  readonly #server: Awaited<ReturnType<typeof movedServer>>;
  readonly #deps: TicketsDeps;
  readonly #deliver: () => Promise<number>;
  #pass: () => Promise<Passed>;
  #hours = 0;
  #names = 0;

  constructor(server: Awaited<ReturnType<typeof movedServer>>, s: World["s"]) {
    this.#server = server;
    this.s = s;
    const tell = createTell(server.keys, async () => []);
    this.#deps = {
      ...s.deps,
      tell: async (tx, out) => {
        this.told.push(out.key);
        await tell(tx, out);
      },
    };
    this.tickets = createTickets(this.#deps);
    const { send } = this.provider;
    const { drain } = createDelivery({
      database: server.database,
      append: server.audit.append,
      keys: server.keys,
      carriers: { github: send, slack: send, mail: send, webhook: send },
      stands: async (tx, about) => isOfTickets(about) && this.tickets.wanted(tx, about),
      onDelivered: async (tx, about, at) => {
        if (isOfTickets(about)) await this.tickets.delivered(tx, about, at);
      },
      onLost: async (tx, about, why, of) => {
        if (isOfTickets(about)) await this.tickets.lost(tx, about, why, of);
      },
      onProblem: (_, error) => this.problems.push(error),
    });
    this.#deliver = drain;
    this.#pass = this.#process();
  }

  #process(): () => Promise<Passed> {
    return createPass({
      ...this.#deps,
      database: this.#server.database,
      monotonicMs: () => performance.now(),
      onTrouble: (error) => this.problems.push(error),
    });
  }

  /** So many hours pass in which no process runs; the next look is a new one's. */
  later(hours: number): void {
    this.#hours += hours;
    this.#server.move(this.#hours);
    this.#pass = this.#process();
  }

  /** Somebody sets the clock, under the process that runs. */
  setClock(hours: number): void {
    this.#hours += hours;
    this.#server.move(this.#hours);
  }

  async pass(): Promise<Omit<Passed, "closing"> & { readonly closed: number }> {
    const { closing, ...passed } = await this.#pass();
    const closed = await closing;
    for (let n = 0; n < 20 && (await this.#deliver()) > 0; n += 1);
    return { ...passed, closed };
  }

  async now(): Promise<number> {
    const [row] = await this.#server.adminSql("select extract(epoch from now()) * 1000 as ms");
    return Number(row?.["ms"]);
  }

  /** Of one person of the client's, on a channel; `about` null: something new. */
  async hear(channel: Channel, about: number | null, more: Partial<Heard> = {}): Promise<HeardAnswer> {
    this.#names += 1;
    const n = this.#names;
    const place = {
      github: { conversation: `github:7#${n}` },
      slack: { conversation: `slack:T1/C1/${n}.1` },
      mail: { conversation: `mail:<${n}@client.test>`, vouched: true },
      api: { conversation: null },
      cli: { conversation: null },
    }[channel];
    const heard = heardOf({
      channel,
      ...place,
      number: about,
      message: `${channel}:${n}`,
      from: { name: "Carla", address: "carla@client.test", id: "carla" },
      sentAt: instantOfMillis(await this.now()),
      opens: about === null,
      ...more,
    });
    return this.s.inTenant((tx) => this.tickets.hear(tx, heard));
  }

  act(ticket: TicketId, act: Parameters<World["tickets"]["act"]>[2], text: string | null = null) {
    return this.s.inTenant((tx) => this.tickets.act(tx, ticket, act, MONA, text));
  }

  reply(ticket: TicketId) {
    return this.s.inTenant((tx) => this.tickets.reply(tx, ticket, MONA, "We are on it.", null));
  }

  link(ticket: TicketId) {
    const pull = { repository: repositoryId(7) ?? expect.unreachable(), number: prNumber(9) ?? expect.unreachable() };
    return this.s.inTenant((tx) => this.tickets.link(tx, ticket, pull, MONA));
  }

  merged(): void {
    this.s.pulls.set("7#9", "merged");
  }

  /** What every channel would say of this ticket, if it were read; null: silence. */
  async channelsSay(ticket: TicketId, signal: Signal | null): Promise<void> {
    const read = await this.s.inTenant((tx) => this.tickets.read(tx, ticket));
    for (const { conversation } of read?.conversations ?? [])
      if (signal === null) this.s.signals.delete(conversation);
      else this.s.signals.set(conversation, signal);
  }

  freeze = () => this.s.inTenant((tx) => this.tickets.freeze(tx, MONA));
  thaw = () => this.s.inTenant((tx) => this.tickets.thaw(tx, MONA));
  believe = () => withOperator(this.#server.operator, believeClock);

  async leaves(person: PersonId): Promise<void> {
    const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
    const spool = async () => expect.unreachable("the log takes it");
    const access = { ...this.#server.operator, append: this.#server.audit.append, spool, handOver };
    expect(await removePerson(access, { tenant: this.s.tenant.id, person, by })).toMatchObject({ kind: "removed" });
  }

  async returns(person: PersonId): Promise<void> {
    await this.#server.adminSql(
      "update identity.person set removed_at = null, roles = '{operator}' where person_id = $1",
      [person],
    );
  }

  /** Every ticket of the run, as the tables have it. */
  async rows(numbers: readonly number[]): Promise<readonly SeenRow[]> {
    const rows = await this.#server.adminSql(
      `select t.*, p.removed_at is null as present, n.notices, w.delivered_at, coalesce(w.on_its_way, false) as on_its_way
        from tickets.ticket t
        join identity.person p on p.tenant_id = t.tenant_id and p.person_id = t.owner
        cross join lateral (select coalesce(array_agg(format('%s/%s/%s', n.epoch, n.kind, n.turn)), '{}') as notices from tickets.notice n
          where n.tenant_id = t.tenant_id and n.ticket_id = t.ticket_id) n
        left join lateral (select w.delivered_at, w.delivered_at is null and w.dropped_at is null as on_its_way from tickets.notice w
          where w.tenant_id = t.tenant_id and w.ticket_id = t.ticket_id and w.epoch = t.epoch and w.kind = 'nudge_72h') w on true
        where t.number = any ($1::int[]) order by t.number`,
      [numbers],
    );
    return rows.map((row) => rowShape.parse(row));
  }

  async clocksOf(ticket: TicketId) {
    const read = await this.s.inTenant((tx) => this.tickets.read(tx, ticket));
    return read?.clocks ?? expect.unreachable("a ticket");
  }

  async why(ticket: TicketId): Promise<string> {
    const read = await this.s.inTenant((tx) => this.tickets.read(tx, ticket));
    return read?.why.join("\n") ?? "there is no such ticket";
  }

  /** What an earlier run left is over: nobody is asked of it any more. */
  async begin(): Promise<void> {
    this.provider.answer = () => null;
    this.later(1);
    await this.believe();
    await this.thaw();
    await this.returns(this.s.people.mona);
    await this.returns(this.s.people.hubot);
    this.s.signals.clear();
    const left = await this.s.inTenant((tx) => this.tickets.list(tx, { owner: null, all: false }));
    for (const { ticket } of left) await this.act(ticket, { kind: "close", reason: "done" });
    await this.pass();
    this.provider.taken.length = 0;
    this.problems.length = 0;
    this.told.length = 0;
  }
}
