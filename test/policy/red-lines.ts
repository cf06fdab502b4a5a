// What an attack from the command line has to show (invariant 24), said once: each attack brings its own lines.

import fc from "fast-check";
import { expect } from "vitest";
import type { Hazard } from "../../src/policy/hazards.ts";
import { hazardsOf, spellings, verdictOn } from "./spellings.ts";

/** `rule`: the one of the floor that says no to what has this hazard. */
export const redBy = (rule: `never.${string}`, hazard: Hazard) => ({
  /** Without an error, and under an approval of exactly this line. */
  async refuses(line: string): Promise<void> {
    expect(hazardsOf(line)).toContain(hazard);
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: rule })]),
    });
  },

  /** Those of the lines that are plain words, in 300 other spellings. */
  seesInAnySpelling(lines: readonly string[]): void {
    const any = fc.constantFrom(...lines.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(hazardsOf(line).filter((seen) => seen === hazard || seen === "shell.unreadable")).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  },

  leaves(line: string): void {
    expect(hazardsOf(line)).not.toContain(hazard);
  },
});
