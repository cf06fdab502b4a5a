// What anybody may do to tickets, in any order.

import fc from "fast-check";
import { expect } from "vitest";
import { instantOfMillis } from "#kernel";
import { CHANNELS, SENDERS, type Channel, type Sender } from "#tickets";
import type { Acted, StaffAct } from "#tickets/io";
import { isOpen, type Known, type Model } from "./rules.ts";
import type { World } from "./world.ts";

type Command = fc.AsyncCommand<Model, World>;

interface Done {
  /** Of the timers. */
  readonly passes: number;
}
const QUIET: Done = { passes: 0 };

const command = (
  name: string,
  ready: (model: Model) => boolean,
  run: (model: Model, world: World) => Promise<Done>,
): Command => ({
  check: ready,
  async run(model, world) {
    const before = await world.now();
    await model.check(world, before, await run(model, world));
  },
  toString: () => name,
});
const always = (): boolean => true;
const some = ({ tickets }: Model): boolean => tickets.length > 0;
const nth = ({ tickets }: Model, n: number): Known => tickets[n % tickets.length] ?? expect.unreachable();

const opens = (channel: Channel): Command =>
  command(`open by ${channel}`, ({ frozen, tickets }) => !frozen && tickets.length < 6, async (model, world) => {
    const heard = await world.hear(channel, null);
    expect(heard.kind).toBe("opened");
    await model.opened(world, heard);
    return QUIET;
  }); // prettier-ignore

/** Of a client that is on its way out nobody reaches what is over: its access ends with the clocks. */
const outOfReach = ({ frozen }: Model, { row }: Known): boolean => frozen && !isOpen(row);

/** One ticket, whatever the channel; a person's word of the client's wins, at once. */
const lands = (n: number, channel: Channel, sender: Sender, late: boolean): Command =>
  command(`${late ? "an old word" : "a word"} of ${sender} by ${channel} on ${n}`, some, async (model, world) => {
    const known = nth(model, n);
    if (outOfReach(model, known)) return QUIET;
    const { row } = known;
    const sentAt = instantOfMillis((await world.now()) - (late ? 400 * 3_600_000 : 0));
    const heard = await world.hear(channel, known.number, { sender, sentAt });
    if (heard.kind === "opened") {
      expect([row.state, sender], "closed more than thirty days ago").toEqual(["closed", "client_person"]);
      await model.opened(world, heard);
      return QUIET;
    }
    expect(heard).toMatchObject({ kind: sender === "ourselves" ? "known" : "landed", ticket: known.ticket });
    const [after] = await world.rows([known.number]);
    const heeded = sender === "client_person" && !model.frozen && !(late && row.state === "waiting_client");
    const answered = heeded && ["waiting_client", "resolved", "closed"].includes(row.state);
    expect(after?.state, "a reply wins").toBe(answered ? "in_progress" : row.state);
    return QUIET;
  });

const ACTS: readonly StaffAct[] = [
  { kind: "triage" },
  { kind: "start" },
  { kind: "ask" },
  { kind: "resolve" },
  { kind: "reopen" },
  { kind: "close", reason: "done" },
];
/** Whose move it is after it, where it is done at all. */
const AFTER = {
  triage: "triaged",
  start: "in_progress",
  ask: "waiting_client",
  resolve: "resolved",
  reopen: "in_progress",
  close: "closed",
} as const;

const acts = (n: number, act: StaffAct): Command =>
  command(`${act.kind} ${n}`, some, async (model, world) => {
    const known = nth(model, n);
    if (outOfReach(model, known)) return QUIET;
    const done: Acted = await world.act(known.ticket, act, act.kind === "ask" ? "Which export?" : null);
    if (model.frozen) expect(done.kind).toBe("refused");
    if (done.kind === "done" && act.kind !== "reassign") expect(done.state).toBe(AFTER[act.kind]);
    return QUIET;
  });

const reassigns = (n: number, to: "mona" | "hubot"): Command =>
  command(`reassign ${n} to ${to}`, some, async (model, world) => {
    const owner = world.s.people[to];
    const done = await world.act(nth(model, n).ticket, { kind: "reassign", owner });
    if (model.gone.has(owner)) expect(done.kind).toBe("refused");
    return QUIET;
  });

const replies = (n: number): Command =>
  command(`reply ${n}`, some, async (model, world) => {
    const known = nth(model, n);
    const done = await world.reply(known.ticket);
    if (done.kind === "done") expect(done.state).toBe(known.row.state);
    return QUIET;
  });

const links = (n: number): Command =>
  command(`link ${n}`, some, async (model, world) => {
    await world.link(nth(model, n).ticket);
    return QUIET;
  });

const merges: Command = command("merge", some, async (_, world) => {
  world.merged();
  return QUIET;
});

const waits = (hours: number): Command =>
  command(`${hours} h pass`, always, async (_, world) => {
    world.later(hours);
    await world.pass();
    return { passes: 1 };
  });

const passes: Command = command("pass", always, async (_, world) => {
  await world.pass();
  return { passes: 1 };
});

const ANSWERS = {
  taken: null,
  down: { kind: "later", why: "It is down.", afterMs: null },
  refused: { kind: "refused", why: "It refuses." },
} as const;
const provider = (how: keyof typeof ANSWERS): Command =>
  command(`the provider: ${how}`, always, async (_, world) => {
    world.provider.answer = () => ANSWERS[how];
    return QUIET;
  });

const channels = (n: number, how: "heard" | "unknown" | "gone" | "silent"): Command =>
  command(`the channels of ${n}: ${how}`, some, async (model, world) => {
    const { ticket } = nth(model, n);
    const at = instantOfMillis(await world.now());
    const signal = { heard: { kind: "heard", at }, unknown: { kind: "unknown", why: "It is down." }, gone: { kind: "gone" }, silent: null } as const; // prettier-ignore
    await world.channelsSay(ticket, signal[how]);
    return QUIET;
  });

const freezes: Command = command("freeze", ({ frozen }) => !frozen, async (model, world) => {
  await world.freeze();
  model.frozen = true;
  return QUIET;
}); // prettier-ignore

const thaws: Command = command("thaw", ({ frozen }) => frozen, async (model, world) => {
  await world.thaw();
  model.frozen = false;
  return QUIET;
}); // prettier-ignore

const leaves = (who: "mona" | "hubot"): Command =>
  command(`${who} leaves`, ({ gone }) => gone.size === 0, async (model, world) => {
    await world.leaves(world.s.people[who]);
    model.gone.add(world.s.people[who]);
    return QUIET;
  }); // prettier-ignore

const returns: Command = command("who left is back", ({ gone }) => gone.size > 0, async (model, world) => {
  for (const person of Object.values(world.s.people)) if (model.gone.delete(person)) await world.returns(person);
  return QUIET;
}); // prettier-ignore

/** T6, T7: by a clock in doubt nothing is closed. */
const sets = (hours: number): Command =>
  command(`the clock is set by ${hours} h`, always, async (model, world) => {
    model.backMs += Math.max(0, -hours) * 3_600_000;
    world.setClock(hours);
    expect(await world.pass()).toMatchObject({ believed: false, closed: 0 });
    return { passes: 1 };
  });

const believes: Command = command("a person believes the clock", always, async (_, world) => {
  await world.believe();
  return QUIET;
});

/** How every run begins: tickets from four channels, two of them waiting. */
export const BEGINNING: readonly Command[] = [
  ...(["github", "mail", "slack", "api"] as const).map(opens),
  acts(0, { kind: "ask" }),
  acts(1, { kind: "ask" }),
];

const nat = fc.nat({ max: 5 });
const senders = fc.constantFrom<Sender>(...SENDERS, "client_person");
const landing = fc.tuple(nat, fc.constantFrom(...CHANNELS), senders, fc.boolean());

/** Waiting, and what is heard while it goes on, most of all. */
export const COMMANDS: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(25, 49, 73, 97).map(waits) },
  { weight: 3, arbitrary: fc.constantFrom(1, 170).map(waits) },
  { weight: 2, arbitrary: fc.constant(passes) },
  { weight: 10, arbitrary: nat.map((n) => acts(n, { kind: "ask" })) },
  { weight: 6, arbitrary: fc.tuple(nat, fc.constantFrom(...ACTS)).map(([n, act]) => acts(n, act)) },
  { weight: 8, arbitrary: landing.map(([n, channel, sender, late]) => lands(n, channel, sender, late)) },
  { weight: 2, arbitrary: fc.constantFrom(...CHANNELS).map(opens) },
  { weight: 2, arbitrary: nat.map(replies) },
  { weight: 1, arbitrary: nat.map(links) },
  { weight: 1, arbitrary: fc.constant(merges) },
  { weight: 2, arbitrary: fc.tuple(nat, fc.constantFrom("mona", "hubot")).map(([n, to]) => reassigns(n, to)) },
  { weight: 2, arbitrary: fc.constantFrom("mona", "hubot").map(leaves) },
  { weight: 2, arbitrary: fc.constant(returns) },
  { weight: 2, arbitrary: fc.constantFrom("down", "refused").map(provider) },
  { weight: 3, arbitrary: fc.constant(provider("taken")) },
  {
    weight: 3,
    arbitrary: fc.tuple(nat, fc.constantFrom("heard", "unknown", "gone", "silent")).map(([n, how]) => channels(n, how)),
  },
  { weight: 2, arbitrary: fc.constant(freezes) },
  { weight: 4, arbitrary: fc.constant(thaws) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -5, 3).map(sets) },
  { weight: 4, arbitrary: fc.constant(believes) },
);
