// The room over a real PostgreSQL: people, what was told, what the channels say. Time passes by moving what is written into the past.

import { createPass, createTickets, type Actor, type Passed, type Tickets, type TicketsDeps } from "#tickets/io";
import { isOfTickets, type Heard, type Outgoing, type PullState, type Signal } from "#tickets";
import { instantOfMillis, personId, repoName, type PersonId, type TicketId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { createScreening } from "#screening/io";
import { ownPrefix } from "#tenants/io";
import { testDatabase, type TestDatabase, type TestTenant } from "../support/database.ts";
import { heardOf } from "./heard.ts";

export const HOUR = 3_600_000;

/** What it needs of a database. */
export type StageDatabase = Pick<TestDatabase, "db" | "adminSql" | "append" | "keys" | "tenant">;

export interface Stage<T extends StageDatabase = TestDatabase> {
  readonly t: T;
  readonly tenant: TestTenant;
  readonly tickets: Tickets;
  readonly told: Outgoing[];
  /** By conversation; nothing said of it: silent. */
  readonly signals: Map<string, Signal>;
  /** How a pull request stands, by `7#12`; nothing said of it: nobody has looked. */
  readonly pulls: Map<string, PullState>;
  /** Whose check run was to be written anew. */
  readonly refreshed: string[];
  readonly deps: TicketsDeps;
  readonly people: { readonly mona: PersonId; readonly hubot: PersonId };
  inTenant<T>(fn: (tx: TenantTx) => Promise<T>): Promise<T>;
  hear(more?: Partial<Heard>): ReturnType<Tickets["hear"]>;
  /** Opened on a GitHub issue. */
  open(more?: Partial<Heard>): Promise<TicketId>;
  /** Asked, too. */
  waiting(more?: Partial<Heard>): Promise<TicketId>;
  pass(): Promise<Omit<Passed, "closing"> & { readonly closed: number }>;
  /** As if everything had happened so many hours earlier. */
  age(hours: number): Promise<void>;
  /** Of the newest one that was told with this notice. */
  deliver(ticket: TicketId, notice: "nudge_24h" | "nudge_72h" | "page"): Promise<void>;
  row(ticket: TicketId): Promise<Record<string, unknown>>;
  entries(): Promise<readonly string[]>;
}

const SHOP = repoName("acme/shop");
export const MONA: Actor = {
  party: { type: "operator", id: "mona" },
  name: "Mona",
  requestId: "test",
  channel: "cli",
};

const screening = createScreening();
/** Numbers of issues; a lower one is whose test names it. */
let issues = 1_000;

const EVERY_INSTANT = {
  "tickets.ticket":
    "opened_at wait_started asked_at trusted_at suspected_at nudged_at warned_at deadline paged_at next_due_at frozen_at closed_at",
  "tickets.event": "at",
  "tickets.notice": "claimed_at held_until delivered_at dropped_at composed_at",
  "tickets.message": "sent_at heard_at",
  "tickets.conversation": "spoken_at gone_at",
} as const;

export async function stage(prefix = "acme", installation = 1): Promise<Stage> {
  return stageOf(await testDatabase(), prefix, installation);
}

export async function stageOf<T extends StageDatabase>(t: T, prefix: string, installation: number): Promise<Stage<T>> {
  const tenant = await t.tenant(prefix, installation);
  const person = async (github: number, login: string, roles: string): Promise<PersonId> => {
    const [row] = await t.adminSql(
      "insert into identity.person (tenant_id, github_user, login, roles) values ($1, $2, $3, $4::text[]) returning person_id",
      [tenant.id, github, login, roles],
    );
    const id = personId(String(row?.["person_id"]));
    if (id === null) throw new Error("no person");
    return id;
  };
  const people = { mona: await person(1, "mona", "{admin}"), hubot: await person(2, "hubot", "{operator}") };
  const told: Outgoing[] = [];
  const signals = new Map<string, Signal>();
  const pulls = new Map<string, PullState>();
  const refreshed: string[] = [];
  const deps: TicketsDeps = {
    append: t.append,
    keys: t.keys,
    tell: async (_, out) => {
      told.push(out);
    },
    lastSignal: async (_, { conversation }) => signals.get(conversation) ?? { kind: "silent" },
    repository: async (_, id) => (SHOP === null ? null : { id, name: SHOP, installation: tenant.installation }),
    pulls: {
      state: async (_, repository, number) => pulls.get(`${repository}#${number}`) ?? null,
      refresh: async (_, repository, number) => {
        refreshed.push(`${repository}#${number}`);
      },
    },
    screen: (spans) => screening.screen(spans),
    prefix: ownPrefix,
  };
  const tickets = createTickets(deps);
  const pass = createPass({
    ...deps,
    database: t.db,
    monotonicMs: () => performance.now(),
    onTrouble: (error) => {
      throw error;
    },
  });
  const inTenant: Stage["inTenant"] = (fn) => t.db.withTenant(tenant.claim, fn);
  const self: Stage<T> = {
    t,
    tenant,
    tickets,
    told,
    signals,
    pulls,
    refreshed,
    deps,
    people,
    inTenant,
    hear: (more) => inTenant((tx) => tickets.hear(tx, heardOf(more))),
    async open(more) {
      const { ticket } = await self.hear({ conversation: `github:7#${(issues += 1)}`, ...more });
      if (ticket === null) throw new Error("nothing was opened");
      return ticket;
    },
    async waiting(more) {
      const ticket = await self.open(more);
      const asked = await inTenant((tx) => tickets.act(tx, ticket, { kind: "ask" }, MONA, "Which export?"));
      if (asked.kind !== "done") throw new Error(JSON.stringify(asked));
      return ticket;
    },
    async pass() {
      const { closing, ...passed } = await pass();
      return { ...passed, closed: await closing };
    },
    async age(hours) {
      for (const [table, columns] of Object.entries(EVERY_INSTANT))
        await t.adminSql(
          `update ${table} set ${columns
            .split(" ")
            .map((c) => `${c} = ${c} - make_interval(secs => $2)`)
            .join(", ")} where tenant_id = $1`,
          [tenant.id, hours * 3600],
        );
    },
    async deliver(ticket, notice) {
      const out = told.findLast(
        ({ about }) => about.kind === "ticket" && about.ticket === ticket && about.notice === notice,
      );
      if (out === undefined || !isOfTickets(out.about)) throw new Error(`${notice} was not told`);
      const { about } = out;
      await inTenant((tx) => tickets.delivered(tx, about, instantOfMillis(Date.now())));
    },
    async row(ticket) {
      const [row] = await t.adminSql("select * from tickets.ticket where ticket_id = $1", [ticket]);
      if (row === undefined) throw new Error("no ticket");
      return row;
    },
    async entries() {
      const rows = await t.adminSql(
        "select convert_from(leaf, 'utf8')::jsonb ->> 'kind' as kind from audit.entry where tenant_id = $1 order by entry_id",
        [tenant.id],
      );
      return rows.map(({ kind }) => String(kind)).filter((kind) => /^(?:ticket|calendar)\./.test(kind));
    },
  };
  return self;
}
