// What stops an agent stops it, stops nothing else, and stays: the switch, the breaker, the budgets.

import { expect } from "vitest";
import { isTrip, those, type Volume } from "../happened.ts";
import type { Trace } from "./records.ts";

const HOUR = 3_600_000;
const MOST = { updates: 50, cents: 1_000_000 };
const none: Volume = { updates: 0, cents: 0 };
const plus = (one: Volume, two: Volume): Volume => ({
  updates: one.updates + two.updates,
  cents: one.cents + two.cents,
});
const isOver = ({ updates, cents }: Volume): boolean => updates > MOST.updates || cents > MOST.cents;

export function checkLimits(trace: Trace): void {
  for (const side of [0, 1]) {
    checkBreaker(side, trace);
    checkBudget(side, trace);
  }
  checkKills(trace);
}

/** The volume of the question that a call came from. */
function volumes({ happened }: Trace): (call: string) => Volume {
  const byQuestion = new Map(those(happened, "asked").map(({ n, volume }) => [n, volume]));
  const byCall = new Map<string, Volume>();
  for (const each of happened) {
    if (each.kind === "executed" && each.during !== null)
      byCall.set(each.packet.call, byQuestion.get(each.during) ?? none);
    if (each.kind === "answered" && "call" in each.answer && each.answer.call !== null && !byCall.has(each.answer.call))
      byCall.set(each.answer.call, byQuestion.get(each.n) ?? none);
  }
  return (call) => byCall.get(call) ?? none;
}

/** 22 */
function checkBreaker(side: number, trace: Trace): void {
  const own = trace.happened.filter((each) => "side" in each && each.side === side);
  const questions = new Map(those(own, "asked").map((each) => [each.n, each]));
  const volumeOf = volumes(trace);
  let asked = none;
  let signed: { readonly at: number; readonly volume: Volume }[] = [];
  for (const each of own) {
    if (each.kind === "reset") [asked, signed] = [none, []];
    // What is only explained counts for nothing, and is told what it would come to.
    if (each.kind === "asked" && !each.asked.explain) asked = plus(asked, each.volume);
    if (each.kind === "answered" && isTrip(each)) {
      const question = questions.get(each.n) ?? expect.unreachable();
      const sum = question.asked.explain ? plus(asked, question.volume) : asked;
      expect(isOver(sum), "22: who asked for no more is not stopped").toBe(true);
    }
    if (each.kind === "signed") {
      signed.push({ at: each.at, volume: volumeOf(each.call) });
      const hour = signed.filter(({ at }) => each.at - at < HOUR).map(({ volume }) => volume);
      expect(isOver(hour.reduce(plus, none)), "22: however it is split, an hour's sum passes no limit").toBe(false);
    }
  }
  let open = false;
  for (const { kind, outcome, payload } of trace.records[side]?.entries ?? []) {
    if (kind === "control.breaker") open = payload.action === "open";
    if (kind === "call.execute" && outcome === "intent")
      expect(open, "22: open stays open until a person resets it").toBe(false);
  }
}

/** X6, 21: what is used up is used up, and is nobody else's. */
function checkBudget(side: number, { happened, records }: Trace): void {
  let left = Number.POSITIVE_INFINITY;
  const questions = new Set<number>();
  for (const each of happened) {
    if (each.kind === "budget" && each.side === side) {
      left = each.left ?? Number.POSITIVE_INFINITY;
      questions.clear();
    }
    if (each.kind === "asked" && each.side === side) questions.add(each.n);
    if (each.kind === "executed" && each.side === side && each.during !== null && questions.has(each.during)) {
      left -= 1;
      expect(left, "X6: no more calls than its budget has left").toBeGreaterThanOrEqual(0);
    }
  }
  const limited = happened.some((each) => each.kind === "budget" && each.side === side);
  const over = records[side]?.rows.filter(({ code, colour }) => code === "over_budget" && colour === null) ?? [];
  if (!limited) expect(over, "21: nobody's budget is used up by somebody else").toEqual([]);
}

/** 2, 3, 21 */
function checkKills({ happened, records }: Trace): void {
  let reaches: readonly (readonly number[])[] = [];
  let unread = false;
  const asked = new Map<number, boolean>();
  for (const each of happened) {
    if (each.kind === "armed") reaches = [];
    if (each.kind === "broke" && each.port === "switch") unread = true;
    if (each.kind === "killed") {
      const { scope } = each;
      const reached =
        scope.kind === "platform"
          ? [0, 1]
          : records.flatMap(({ tenant, side }) => (tenant === scope.tenant ? [side] : []));
      reaches = [...reaches, reached];
      for (const n of asked.keys()) if (asked.get(n) === false) asked.set(n, true);
    }
    const stopped = "side" in each && reaches.some((reached) => reached.includes(each.side));
    if (each.kind === "asked") asked.set(each.n, stopped);
    if (each.kind === "answered" && each.answer.kind === "refused" && each.answer.code === "killed" && !unread)
      expect(
        stopped || wasStopped(each.answer.call, each.side, happened, records),
        "21: stopped only by a kill that reaches it",
      ).toBe(true);
  }
}

/** The answer of before, given again. */
function wasStopped(
  call: string | null,
  side: number,
  happened: Trace["happened"],
  records: Trace["records"],
): boolean {
  const row = records[side]?.rows.find(({ call_id }) => call_id === call);
  return row?.code === "killed" && happened.some(({ kind }) => kind === "killed");
}
