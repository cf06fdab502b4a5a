// Clicks in any order, several of them at the same moment, with roles that come and go and time that passes.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApprovalId, PersonId } from "#kernel";
import { person } from "../support/people.ts";
import { EXACTLY, stage } from "../support/stage.ts";

const s = await stage();

type Act =
  | { readonly kind: "yes" | "no" | "demote" | "promote"; readonly by: number }
  | { readonly kind: "time" | "void" | "use" };
/** 8 is the requester: their yes never counts. */
const who = fc.constantFrom(1, 2, 3, 8);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("yes" as const), by: who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("no" as const, "demote" as const), by: who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("promote" as const), by: who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("time" as const, "void" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("use" as const) }) },
);

interface Seen {
  readonly yes: Set<PersonId>;
  uses: number;
  over: boolean;
}

async function perform(id: ApprovalId, each: Act, seen: Seen): Promise<void> {
  switch (each.kind) {
    case "yes": {
      const late = seen.over;
      const decided = await s.decide(id, person(each.by));
      if (decided.kind !== "recorded") return;
      expect(late, "no yes after its time").toBe(false);
      expect(each.by, "no yes of the requester's").not.toBe(8);
      seen.yes.add(person(each.by));
      return;
    }
    case "no":
      return void (await s.decide(id, person(each.by), { answer: "reject", reason: "no" }));
    case "demote":
      return void s.roles.set(person(each.by), ["viewer"]);
    case "promote":
      return void s.roles.set(person(each.by), ["approver"]);
    case "time":
      s.clock.ms += 61 * 60_000;
      seen.over = true;
      return;
    case "void":
      return void (await s.inTenant((tx) => s.approvals.voidIt(tx, id, "stopped")));
    case "use":
      if ((await s.inTenant((tx) => s.approvals.use(tx, id, EXACTLY))).kind === "yes") seen.uses += 1;
  }
}

describe("clicks in any order", () => {
  it("13 15 16 at most one end and one execution, by enough different people in time, and whoever waits is woken for each end once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
        async (quorum, turns) => {
          for (const n of [1, 2, 3, 8]) s.roles.set(person(n), ["approver"]);
          const id = await s.ask({ quorum });
          const seen: Seen = { yes: new Set(), uses: 0, over: false };
          for (const turn of turns) {
            // Time passes by itself: beside it, nobody could say what came first.
            const together = turn.some(({ kind }) => kind === "time") ? turn.slice(0, 1) : turn;
            await Promise.all(together.map((each) => perform(id, each, seen)));
          }
          expect(seen.uses).toBeLessThanOrEqual(1);
          if (seen.uses === 1) expect(seen.yes.size).toBeGreaterThanOrEqual(quorum);
          const log = await s.entries(id);
          const ends = log.filter((each) => /approval\.(expire|void)/.test(each)).length;
          // A yes that is void afterwards has ended twice: once as a yes, once as none.
          expect(ends).toBeLessThanOrEqual(1);
          expect(s.decided.filter((each) => each === id).length).toBeLessThanOrEqual(2);
          const standing = await s.standing(id);
          if (standing?.kind === "approved") expect(seen.yes.size).toBeGreaterThanOrEqual(quorum);
        },
      ),
      { numRuns: 25 },
    );
    await s.check();
  }, 120_000);
});
