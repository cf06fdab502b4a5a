// A row of gate.md section 3 or 8: a sentence, the facts, and what the gate must answer.

import { expect, test } from "vitest";
import { decide } from "#gate";
import type { Code, Decision, Facts } from "#gate";

export interface Expected {
  readonly decision: Decision;
  readonly reasons: readonly Code[];
}

export const P: Expected = { decision: "pass", reasons: ["approved"] };
export const NOT_PRODUCTION: Expected = { decision: "pass", reasons: ["not_production"] };
export const F = (...reasons: readonly Code[]): Expected => ({ decision: "fail", reasons });
export const E = (...reasons: readonly Code[]): Expected => ({
  decision: "error",
  reasons: reasons.length > 0 ? reasons : ["incomplete_facts"],
});

export type Row = readonly [sentence: string, facts: Facts, expected: Expected];

export function rows(table: readonly Row[]): void {
  for (const [sentence, facts, expected] of table) {
    test(sentence, () => {
      const { decision, reasons } = decide(facts);
      expect({ decision, reasons }).toEqual({ decision: expected.decision, reasons: expected.reasons.toSorted() });
    });
  }
}
