// All that can happen in a trace, and how likely it is.

import fc from "fast-check";
import { STEPS, type Step } from "#gateway/io";
import { anyWhat, type Question } from "./asks.ts";
import { PORTS, type Broken } from "./faults.ts";
import { DOER_STEPS } from "./hands.ts";
import { RULE_NAMES, type RuleName } from "./rules.ts";
import { WIRES, type Wire } from "./wire.ts";

const SCOPES = ["platform", "tenant", "agent", "repository"] as const;
export type Reach = (typeof SCOPES)[number];
export const MIDWAY = ["kill", "kill of the other tenant", "a minute", "an hour back", "fault"] as const;

export type Act =
  | { readonly act: "propose"; readonly side: number; readonly question: Question; readonly twice: boolean }
  | { readonly act: "mutateArgs"; readonly side: number; readonly nth: number }
  | { readonly act: "kill"; readonly side: number; readonly reach: Reach }
  | { readonly act: "approve" | "deny"; readonly nth: number; readonly looked: boolean; readonly byRequester: boolean }
  | { readonly act: "roles"; readonly approver: boolean }
  | { readonly act: "unkill" | "newHeadSha" | "gate" | "resume" | "sweep" | "mend" | "status" }
  | { readonly act: "rules"; readonly side: number; readonly name: RuleName }
  | { readonly act: "tick" | "back"; readonly ms: number }
  | { readonly act: "crash"; readonly at: Step }
  | { readonly act: "crashDoer"; readonly at: string }
  | { readonly act: "break"; readonly broken: Broken }
  | { readonly act: "wire"; readonly does: Wire }
  | { readonly act: "midway"; readonly what: (typeof MIDWAY)[number]; readonly reach: Reach }
  | { readonly act: "replay"; readonly nth: number; readonly does: Wire | null }
  | { readonly act: "cross"; readonly side: number; readonly nth: number }
  | { readonly act: "reset"; readonly side: number }
  | { readonly act: "budget"; readonly side: number; readonly left: number | null };

const nth = fc.nat({ max: 5 });
const side = fc.nat({ max: 1 });
const SECOND = 1_000;
const MINUTE = 60_000;

const question: fc.Arbitrary<Question> = fc.record({
  what: anyWhat,
  key: fc.option(fc.nat({ max: 1 }), { nil: null, freq: 2 }),
  explain: fc.constantFrom(false, false, false, false, true),
  session: fc.constantFrom(null, "a", "b"),
  batch: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.record({
        updates: fc.constantFrom(0, 1, 10, 24, 25, 26, 49, 50, 51),
        cents: fc.constantFrom(0, 0, 0, 1, -400_000, 600_000, 1_000_000, 1_000_001),
      }),
    },
  ),
});

const just = <A extends Act["act"]>(act: A) => ({ act: fc.constant(act) });

/** [likelihood, act] */
export const ACTS: readonly (readonly [number, fc.Arbitrary<Act>])[] = [
  [24, fc.record({ ...just("propose"), side, question, twice: fc.constantFrom(false, false, false, true) })],
  [1, fc.record({ ...just("mutateArgs"), side, nth })],
  [1, fc.record({ ...just("kill"), side, reach: fc.constantFrom(...SCOPES) })],
  [6, fc.record({ act: fc.constant("unkill" as const) })],
  [
    8,
    fc.record({
      ...just("approve"),
      nth,
      looked: fc.boolean(),
      byRequester: fc.constantFrom(false, false, false, false, true),
    }),
  ],
  [1, fc.record({ ...just("deny"), nth, looked: fc.constant(false), byRequester: fc.constant(false) })],
  [1, fc.record({ ...just("roles"), approver: fc.constantFrom(true, true, true, false) })],
  [
    6,
    fc.record({
      act: fc.constantFrom("resume" as const, "resume" as const, "resume" as const, "sweep" as const, "mend" as const),
    }),
  ],
  [
    2,
    fc.record({
      act: fc.constantFrom("newHeadSha" as const, "newHeadSha" as const, "gate" as const, "status" as const),
    }),
  ],
  [2, fc.record({ ...just("rules"), side, name: fc.constantFrom(...RULE_NAMES) })],
  [1, fc.record({ ...just("tick"), ms: fc.constantFrom(20 * SECOND, 61 * SECOND, 31 * MINUTE, 61 * MINUTE) })],
  [1, fc.record({ ...just("back"), ms: fc.constant(120 * MINUTE) })],
  [1, fc.record({ ...just("crash"), at: fc.constantFrom(...STEPS) })],
  [1, fc.record({ ...just("crashDoer"), at: fc.constantFrom(...DOER_STEPS) })],
  [
    4,
    fc.record({
      ...just("break"),
      broken: fc.record({
        port: fc.constantFrom(...PORTS),
        times: fc.constantFrom(1, 1, 1, 2, 4),
        unheard: fc.constantFrom(false, false, true),
      }),
    }),
  ],
  [2, fc.record({ ...just("wire"), does: fc.constantFrom(...WIRES) })],
  [2, fc.record({ ...just("midway"), what: fc.constantFrom(...MIDWAY), reach: fc.constantFrom(...SCOPES) })],
  [2, fc.record({ ...just("replay"), nth, does: fc.option(fc.constantFrom(...WIRES), { nil: null, freq: 2 }) })],
  [1, fc.record({ ...just("cross"), side, nth })],
  [5, fc.record({ ...just("reset"), side })],
  [1, fc.record({ ...just("budget"), side, left: fc.option(fc.nat({ max: 2 }), { nil: null, freq: 3 }) })],
];
