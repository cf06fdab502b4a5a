// S1: nothing rots. Whatever is done to tickets in whatever order, on a real PostgreSQL whose clock is moved: each has an owner who is
// there and a next act, silence closes nothing unwarned, a reply wins, both clocks are what passed; and when the trouble is over, each
// comes to its end by itself.

import fc from "fast-check";
import { expect, it } from "vitest";
import { BEGINNING, COMMANDS } from "../model/commands.ts";
import { Model } from "../model/rules.ts";
import { ticketWorld, type World } from "../model/world.ts";

const world = await ticketWorld();

/** Everything works again, and nobody says anything any more. */
async function quietDays(model: Model): Promise<void> {
  const troubled = await world.now();
  world.provider.answer = () => null;
  world.s.signals.clear();
  await world.believe();
  if (model.frozen) await world.thaw();
  model.frozen = false;
  for (const person of Object.values(world.s.people)) if (model.gone.delete(person)) await world.returns(person);
  await model.check(world, troubled, { passes: 0 });
  for (let day = 0; day < 12; day += 1) {
    const before = await world.now();
    world.told.length = 0;
    world.later(24.1);
    await world.pass();
    await model.check(world, before, { passes: 1 });
  }
}

const pagedOn = (lastDay: World["told"], ticket: string): boolean =>
  lastDay.some((key) => key.startsWith(`ticket/${ticket}/`) && /\/(?:page|unread)\//.test(key));

it("S1 every open ticket has an owner, clocks and a next act at every moment, and comes to its end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(COMMANDS, { minLength: 40, maxLength: 40 }), async (commands) => {
      await world.begin();
      const model = new Model();
      await fc.asyncModelRun(() => ({ model, real: world }), [...BEGINNING, ...commands]);
      await quietDays(model);
      for (const { row, ticket } of model.tickets)
        switch (row.state) {
          case "new":
          case "triaged":
          case "in_progress":
            expect(pagedOn(world.told, ticket), `${row.number}: our move, and its owner is told daily`).toBe(true);
            break;
          case "waiting_client":
            // Only of one whose warning nobody could take, or that has no place left where it could be answered: its owner is told daily.
            expect(pagedOn(world.told, ticket), await world.why(ticket)).toBe(true);
            if (row.next_action !== "page")
              expect(await world.why(ticket)).toContain("Every place where the client could answer is gone");
            break;
          case "resolved":
          case "closed":
            break;
        }
    }),
    { numRuns: 60, endOnFailure: true },
  );
}, 600_000);
