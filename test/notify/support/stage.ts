import { createDelivery, createTell, type Lost, type NotifyDeps, type Step } from "#notify/io";
import type { Carriers, Parcel, Sent } from "#notify";
import { ticketId, type Instant, type TicketId } from "#kernel";
import type { About, Outgoing, Place } from "#tickets";
import type { TenantTx } from "#platform/postgres";
import { testDatabase, type TestDatabase, type TestTenant } from "../../support/database.ts";

export const ticket = (n: number): TicketId => {
  const id = ticketId(`01ff0000-0000-7000-8000-${String(n).padStart(12, "0")}`);
  if (id === null) throw new Error("no ticket id");
  return id;
};

export const aboutTicket = (n: number, notice: Extract<About, { kind: "ticket" }>["notice"] = null): About => ({
  kind: "ticket",
  ticket: ticket(n),
  epoch: 1,
  notice,
});

export const mailTo = (to: string): Place => ({ kind: "mail", to, subject: "[ACME-7] Your ticket", answers: [] });

export const outgoing = (key: string, more: Partial<Outgoing> = {}): Outgoing => ({
  key,
  to: mailTo("rita@client.test"),
  message: { title: "A question", text: "Which colour?\n\nAnswer this mail.", buttons: [] },
  about: aboutTicket(7),
  notBefore: null,
  ...more,
});

/** A provider that we wrote: it says what it was given, and looks a notice up before it takes it where somebody has tried before. */
export class Provider {
  readonly taken: Parcel[] = [];
  readonly asked: string[] = [];
  answer: (parcel: Parcel) => Sent | null = () => null;
  send = async (parcel: Parcel): Promise<Sent> => {
    this.asked.push(parcel.key);
    const other = this.answer(parcel);
    if (other !== null) return other;
    const known = parcel.triedAt !== null && this.taken.some(({ key }) => key === parcel.key);
    if (!known) this.taken.push(parcel);
    return { kind: "taken", receipt: { id: parcel.key } };
  };
}

export interface Stage {
  readonly t: TestDatabase;
  readonly acme: TestTenant;
  readonly provider: Provider;
  readonly delivered: { readonly about: About; readonly at: Instant }[];
  readonly lost: { readonly about: About; readonly why: string; readonly of: Lost }[];
  readonly problems: unknown[];
  readonly over: Set<string>;
  crash: (step: Step) => void;
  held: boolean;
  tell(...out: readonly Outgoing[]): Promise<void>;
  inTenant<T>(fn: (tx: TenantTx) => Promise<T>): Promise<T>;
  /** One pass of one process. */
  deliver(): Promise<number>;
  /** Of one process, with its own ways out. */
  delivery(carriers: Carriers): ReturnType<typeof createDelivery>;
  /** As if enough time had passed for every hold, back-off and turn. */
  later(): Promise<void>;
  rows(): Promise<readonly Record<string, unknown>[]>;
  entries(): Promise<readonly string[]>;
}

export async function stage(): Promise<Stage> {
  const t = await testDatabase();
  const acme = await t.tenant("acme", 1);
  const provider = new Provider();
  const { send } = provider;
  const inTenant: Stage["inTenant"] = (fn) => t.db.withTenant(acme.claim, fn);
  const told: Stage = {
    t,
    acme,
    provider,
    delivered: [],
    lost: [],
    problems: [],
    over: new Set(),
    crash: () => {},
    held: false,
    inTenant,
    tell: (...out) =>
      inTenant(async (tx) => {
        const tell = createTell(t.keys, async () => []);
        for (const each of out) await tell(tx, each);
      }),
    deliver: () => told.delivery({ github: send, slack: send, mail: send, webhook: send }).drain(),
    delivery: (carriers) => {
      const deps: NotifyDeps = {
        database: t.db,
        append: t.append,
        keys: t.keys,
        carriers,
        stands: async (_, about) => !told.over.has(about.kind === "ticket" ? about.ticket : ""),
        onDelivered: async (_, about, at) => void told.delivered.push({ about, at }),
        onLost: async (_, about, why, of) => void told.lost.push({ about, why, of }),
        onProblem: (_, error) => told.problems.push(error),
        crash: (step) => told.crash(step),
        held: () => told.held,
      };
      return createDelivery(deps);
    },
    later: async () => {
      await t.adminSql("update notify.pace set free_at = '-infinity'");
      await t.adminSql(
        "update notify.notice set not_before = now(), turn_at = now(), held_until = null where delivered_at is null and dropped_at is null and lost_at is null",
      );
    },
    rows: () => t.adminSql("select * from notify.notice order by made_at, key"),
    entries: async () =>
      (await inTenant((tx) => t.audit.recent(tx, { limit: 500 })))
        .filter(({ kind }) => kind === "notice.send")
        .map(({ outcome }) => outcome)
        .toReversed(),
  };
  return told;
}
