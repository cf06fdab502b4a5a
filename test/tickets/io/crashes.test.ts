// S1, T1: the process may die at any step between a timer that is due and a receipt: claim, compose, claim of the notice, intent, call of
// the provider, receipt. Every step of every notice is a place to die, over and over; then it goes on as a new process does.

import { expect, it } from "vitest";
import { createDelivery, createTell, type Step } from "#notify/io";
import { createPass, createTickets } from "#tickets/io";
import type { TicketId } from "#kernel";
import { Provider } from "../../notify/support/stage.ts";
import { stage } from "../stage.ts";

const s = await stage();
const TICKETS = 60;

/** The same run each time: a failure can be looked at again. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
class Killed extends Error {}

it(`S1 T1 killed at every step, hundreds of times, ${TICKETS} waits are nudged once, warned once, and closed after the warning`, async () => {
  const roll = dice(7);
  const died = new Map<string, number>();
  let deadly = true;
  const crash = (step: string): void => {
    if (!deadly || roll() >= 0.3) return;
    died.set(step, (died.get(step) ?? 0) + 1);
    throw new Killed(step);
  };
  const provider = new Provider();
  const { send } = provider;
  const problems: unknown[] = [];
  const deps = { ...s.deps, tell: createTell(s.t.keys, async () => []) };
  const tickets = createTickets(deps);
  /** Each round is a new process: nothing is remembered but what the database has. */
  const round = async (): Promise<void> => {
    const pass = createPass({
      ...deps,
      database: s.t.db,
      monotonicMs: () => performance.now(),
      onTrouble: (error) => problems.push(error),
      crash: (step) => crash(`tickets ${step}`),
    });
    const { drain: deliver } = createDelivery({
      database: s.t.db,
      append: s.t.append,
      keys: s.t.keys,
      carriers: { github: send, slack: send, mail: send, webhook: send },
      stands: async (tx, about) => about.kind === "ticket" && tickets.wanted(tx, about),
      onDelivered: async (tx, about, at) => {
        if (about.kind === "ticket") await tickets.delivered(tx, about, at);
      },
      onLost: async () => expect.unreachable("nothing is given up"),
      onProblem: (_, error) => {
        if (!(error instanceof Killed)) problems.push(error);
      },
      crash: (step: Step) => crash(`notify ${step}`),
    });
    for (const part of [async () => (await pass()).closing, deliver]) await part().catch(unlessKilled);
    // Holds and turns of who died are over.
    await s.t.adminSql("update notify.pace set free_at = '-infinity'");
    await s.t.adminSql(
      "update notify.notice set not_before = now(), turn_at = now(), held_until = null where delivered_at is null and dropped_at is null and lost_at is null",
    );
    await s.t.adminSql("update tickets.notice set held_until = null where delivered_at is null and dropped_at is null");
    await s.t.adminSql(
      "update tickets.ticket set next_due_at = now() where next_action = 'close' and next_due_at < now() + interval '5 minutes'",
    );
  };
  const unlessKilled = (error: unknown): void => {
    if (!(error instanceof Killed)) throw error;
  };
  const rounds = async (deadlyOnes: number): Promise<void> => {
    deadly = true;
    for (let n = 0; n < deadlyOnes; n += 1) await round();
    deadly = false;
    for (let n = 0; n < 4; n += 1) await round();
  };
  const states = () =>
    s.t.adminSql("select state, close_reason, count(*)::int as n from tickets.ticket group by state, close_reason");
  const taken = (ticket: TicketId, notice: string): number =>
    provider.taken.filter(({ about }) => about.kind === "ticket" && about.ticket === ticket && about.notice === notice)
      .length;

  const all: TicketId[] = [];
  for (let n = 0; n < TICKETS; n += 1) all.push(await s.waiting());
  await s.age(24.1);
  await rounds(28);
  await s.age(48.1);
  await rounds(28);
  for (const ticket of all) expect([taken(ticket, "nudge_24h"), taken(ticket, "nudge_72h")]).toEqual([1, 1]);
  // A day short of the deadline, however often it is looked at.
  await rounds(3);
  expect(await states()).toEqual([{ state: "waiting_client", close_reason: null, n: TICKETS }]);
  await s.age(97);
  await rounds(16);
  expect(await states()).toEqual([{ state: "closed", close_reason: "aged_out", n: TICKETS }]);
  for (const ticket of all) expect([taken(ticket, "nudge_24h"), taken(ticket, "nudge_72h")]).toEqual([1, 1]);
  // INVARIANT (S1): each close came after the receipt of its warning.
  const [unwarned] = await s.t.adminSql(
    "select count(*)::int as n from tickets.ticket where warned_at is null or warned_at > closed_at",
  );
  expect(unwarned).toEqual({ n: 0 });
  expect(problems).toEqual([]);
  expect([...died.keys()].toSorted()).toEqual([
    "notify claimed",
    "notify intended",
    "notify received",
    "notify sent",
    "tickets claimed",
    "tickets composed",
  ]);
  expect([...died.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(200);
}, 120_000);
