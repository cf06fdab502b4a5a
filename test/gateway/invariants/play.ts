// Acts played on the house. What an act needs to mean anything is its precondition: a trace in which nobody is asked holds no approvals.

import type fc from "fast-check";
import { expect } from "vitest";
import { z } from "zod";
import { createBreaker, createBudgets } from "#controls/io";
import type { Scope } from "#controls";
import { callId } from "#kernel";
import { branded } from "#platform/postgres";
import { ADA, HEAD, MONA, OTHER_HEAD } from "../support/stage.ts";
import { ACTS, type Act, type Reach } from "./acts.ts";
import { askedOf, volumeOf, type Question } from "./asks.ts";
import { isTrip, those } from "./happened.ts";
import type { House } from "./house.ts";
import { putRules } from "./rules.ts";
import type { Side } from "./side.ts";

/** What the acts so far allow. */
export interface Model {
  questions: number;
  waiting: number;
  packets: number;
  stopped: boolean;
  /** The answers so far that said so. */
  trips: number;
  /** How often each act was played. */
  readonly played: Record<string, number>;
}
export const beginning = (played: Record<string, number>): Model => ({ questions: 0, waiting: 0, packets: 0, stopped: false, trips: 0, played }); // prettier-ignore

/** What a job queue does: it tries, and tries again later. */
const attempt = <T>(work: () => Promise<T>): Promise<T | null> => work().catch(() => null);
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;

const scopeOf = ({ tenant, who, repository }: Side, reach: Reach): Scope => {
  switch (reach) {
    case "platform":
      return { kind: "platform" };
    case "tenant":
      return { kind: "tenant", tenant: tenant.id };
    case "agent":
      return { kind: "agent", tenant: tenant.id, agent: who.agent };
    case "repository":
      return { kind: "repository", tenant: tenant.id, repository: repository.id };
  }
};

const waitingRows = z.array(z.object({ call_id: branded(z.string(), callId) }));

const MEANINGFUL: Readonly<Partial<Record<Act["act"], (model: Readonly<Model>) => boolean>>> = {
  approve: ({ waiting }) => waiting > 0,
  deny: ({ waiting }) => waiting > 0,
  resume: ({ waiting }) => waiting > 0,
  replay: ({ packets }) => packets > 0,
  unkill: ({ stopped }) => stopped,
  reset: ({ trips }) => trips > 0,
  status: ({ questions }) => questions > 0,
  mutateArgs: ({ questions }) => questions > 0,
  cross: ({ questions }) => questions > 0,
};

async function play(act: Act, house: House): Promise<void> {
  const { t, world, sides, requests, sent, clock, faults } = house;
  const sideOf = (n: number): Side => sides[n] ?? expect.unreachable();
  const pick = <T>(all: readonly T[], nth: number): T => all[nth % all.length] ?? expect.unreachable();
  const ask = (side: Side, question: Question) => house.ask(side, askedOf(side, question), volumeOf(question));
  switch (act.act) {
    case "propose": {
      const side = sideOf(act.side);
      const once = () => ask(side, act.question);
      if (act.twice) await Promise.all([once(), once()]);
      else await once();
      return;
    }
    case "mutateArgs": {
      // The same key, and other arguments under it.
      const { side: n, asked } = pick(those(house.happened, "asked"), act.nth);
      const side = sideOf(n);
      const other = { repository: side.repository.name, paths: [`other-${act.nth}`] };
      await house.ask(side, { ...asked, tool: "repo.read", arguments: other, batch: null }, { updates: 0, cents: 0 });
      return;
    }
    case "kill":
      return house.kill(scopeOf(sideOf(act.side), act.reach));
    case "unkill":
      return house.arm();
    case "approve":
    case "deny": {
      const { side, approval } = pick(requests, act.nth);
      const yes = act.act === "approve";
      const person = act.byRequester ? MONA : ADA;
      const may = world.roles.includes("approver") && !act.byRequester;
      const said = await attempt(() => house.say(side, approval, yes, person, act.looked));
      if (said === "recorded") house.tell({ kind: "said", side: side.n, approval, yes, may });
      return;
    }
    case "roles": {
      world.roles = act.approver ? ["approver"] : ["viewer"];
      const ids = sides.map(({ tenant }) => tenant.id);
      house.tell({ kind: "roles", approver: act.approver });
      await t.adminSql("update identity.person set roles = $2 where tenant_id = any($1::uuid[])", [ids, world.roles]);
      return;
    }
    case "newHeadSha":
      return void (world.head = world.head === HEAD ? OTHER_HEAD : HEAD);
    case "gate":
      return void (world.gate = world.gate === "passed" ? "failed" : "passed");
    case "rules":
      return putRules(house.clientsDir, sideOf(act.side), act.name);
    case "tick":
      await clock.pass(act.ms);
      return expire(house);
    case "back":
      house.tell({ kind: "clock", by: -act.ms });
      return clock.set(-act.ms);
    case "resume":
      return resume(house);
    case "sweep":
      await attempt(() => house.sweep());
      await attempt(() => house.hands.sweep());
      return;
    case "mend":
      return faults.mend();
    case "status": {
      for (const { side: n, answer } of those(house.happened, "answered").slice(-3))
        if ("call" in answer && answer.call !== null) {
          const { call } = answer;
          await attempt(() => house.process().gateway.status(sideOf(n).who, call, 0));
        }
      return;
    }
    case "crash":
      return house.dieAt(act.at);
    case "crashDoer":
      return house.hands.dieAt(act.at);
    case "break":
      return faults.at(act.broken);
    case "wire":
      house.tell({ kind: "wire", does: act.does });
      return house.onTheWay(act.does);
    case "midway":
      return house.midway(() => midway(act, house));
    case "replay":
      return house.hands.carry(pick(sent, act.nth), act.does);
    case "cross":
      return cross(house, sideOf(act.side), act.nth);
    case "reset": {
      const { tenant, n, who } = sideOf(act.side);
      const breaker = createBreaker({ append: t.append });
      const asked = { agent: who.agent, reason: "looked", by };
      if ((await t.db.withTenant(tenant.claim, (tx) => breaker.reset(tx, asked))) === "reset")
        house.tell({ kind: "reset", side: n });
      return;
    }
    case "budget": {
      const { tenant, n, who } = sideOf(act.side);
      const budgets = createBudgets({ append: t.append });
      await t.db.withTenant(tenant.claim, async (tx) => {
        const { used } = await budgets.show(tx, who.agent);
        const most = act.left === null ? null : used.calls + act.left;
        await budgets.set(tx, { agent: who.agent, kind: "calls", most, by });
      });
      return house.tell({ kind: "budget", side: n, left: act.left });
    }
  }
}

/** While a tool runs: it is the first of the two tenants' that it is about, whoever runs. */
async function midway({ what, reach }: Extract<Act, { act: "midway" }>, house: House): Promise<void> {
  const running = those(house.happened, "executed").at(-1) ?? expect.unreachable();
  const [own, other] = running.side === 0 ? house.sides : [house.sides[1], house.sides[0]];
  switch (what) {
    case "kill":
      return house.kill(scopeOf(own, reach));
    case "kill of the other tenant":
      return house.kill(scopeOf(other, reach === "platform" ? "tenant" : reach));
    case "a minute":
      return house.clock.pass(61_000);
    case "an hour back":
      house.tell({ kind: "clock", by: -7_200_000 });
      return house.clock.set(-7_200_000);
    case "fault":
      return house.faults.at({ port: "lease broker", times: 2, unheard: false });
  }
}

/** What one tenant tries with what it has of the other: its calls' ids, its approvals, its packets. */
async function cross(house: House, side: Side, nth: number): Promise<void> {
  const theirs = <T extends { readonly side: unknown }>(all: readonly T[], is: (each: T) => boolean): T | undefined => {
    const found = all.filter((each) => !is(each));
    return found[nth % Math.max(1, found.length)];
  };
  const answered = theirs(those(house.happened, "answered"), ({ side: n }) => n === side.n)?.answer;
  const call = answered !== undefined && "call" in answered ? answered.call : null;
  if (call !== null) {
    const shown = await attempt(() => house.process().gateway.status(side.who, call, 0));
    house.tell({ kind: "crossed", what: "status", reached: shown !== null });
  }
  const request = theirs(house.requests, (each) => each.side.n === side.n);
  if (request !== undefined) {
    const said = await attempt(() => house.say(side, request.approval, true, ADA, false));
    house.tell({ kind: "crossed", what: "approval", reached: said !== null && said !== "unknown" });
  }
  const packet = theirs(house.sent, (each) => each.side.n === side.n);
  if (packet !== undefined) await house.hands.carry(packet, "other tenant");
}

const expire = async (house: House): Promise<void> => {
  for (const { tenant } of house.sides)
    await attempt(() => house.t.db.withTenant(tenant.claim, (tx) => house.process().approvals.expireDue(tx)));
};

/** What the queue does after people have answered: all that waits is looked at. */
async function resume(house: House): Promise<void> {
  for (const side of house.sides) {
    const waiting = await house.t.adminSql(
      "select call_id from gateway.call where tenant_id = $1 and state = 'pending' order by created_at",
      [side.tenant.id],
    );
    for (const { call_id: call } of waitingRows.parse(waiting)) await attempt(() => house.process().resume(side, call));
  }
}

/** Everything comes back, time passes, and everything that was left is seen to. */
export async function settle(house: House): Promise<void> {
  house.faults.mend();
  house.dieAt(null);
  house.hands.dieAt(null);
  house.onTheWay(null);
  house.midway(null);
  house.arm();
  await resume(house);
  await house.clock.pass(72 * 3_600_000);
  await house.hands.sweep();
  await expire(house);
  await resume(house);
  await house.sweep();
  await house.broker.sweep();
  house.hands.tryAgain();
}

export class Command implements fc.AsyncCommand<Model, House> {
  readonly act: Act;
  constructor(act: Act) {
    this.act = act;
  }
  check = (model: Readonly<Model>): boolean => MEANINGFUL[this.act.act]?.(model) ?? true;
  async run(model: Model, house: House): Promise<void> {
    model.played[this.act.act] = (model.played[this.act.act] ?? 0) + 1;
    await play(this.act, house);
    model.questions = those(house.happened, "answered").length;
    model.waiting = house.requests.length;
    model.packets = house.sent.length;
    model.stopped = house.isStopped();
    model.trips = house.happened.filter(isTrip).length;
  }
  toString = (): string => JSON.stringify(this.act);
}

export const COMMANDS = ACTS.flatMap(([likely, act]) =>
  Array.from({ length: likely }, () => act.map((one) => new Command(one))),
);
