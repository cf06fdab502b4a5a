// Every verdict of a trace, decided again: by the rules that gave it, by other rules, and about worse facts.

import { expect } from "vitest";
import { z } from "zod";
import { createSimulation, parseFacts, type Colour, type Engine, type Facts } from "#policy";
import { engineOf } from "../../../policy/rules.ts";
import { RULES } from "../rules.ts";
import type { Trace } from "./records.ts";

const rank: Readonly<Record<Colour, number>> = { GREEN: 0, YELLOW: 1, RED: 2 };
const recorded = z.object({ payload: z.object({ facts: z.unknown(), verdict: z.object({ set: z.string() }) }) });

const NAMES = ["none", "comments", "changes", "both"] as const;
export type Engines = Readonly<Record<(typeof NAMES)[number], Engine>>;

/** All rules that are in force at any time in a trace, under names of their own: what was loaded for a tenant last is what its name stands for. */
export async function openEngines(): Promise<Engines> {
  const [none, comments, changes, both] = await Promise.all(
    NAMES.map((name) => engineOf(RULES[name], `again-${name}`)),
  );
  if (none === undefined || comments === undefined || changes === undefined || both === undefined) expect.unreachable();
  return { none, comments, changes, both };
}

/** The second has a forbid more. */
const steps = ({ none, comments, changes, both }: Engines): readonly (readonly [Engine, Engine])[] => [
  [none, comments],
  [none, changes],
  [comments, both],
  [changes, both],
];

const worse = (facts: Facts): Facts => ({
  ...facts,
  scores: {
    injection: Math.min(100, facts.scores.injection + 30),
    pii: Math.min(100, facts.scores.pii + 30),
    secrets: Math.min(100, facts.scores.secrets + 30),
  },
  taint: [...new Set([...facts.taint, "issue", "web"])].toSorted(),
  confidence: Math.max(0, facts.confidence - 30),
});

export async function checkVerdicts({ records }: Trace, engines: Engines): Promise<number> {
  let decided = 0;
  const bySet = new Map(Object.values(engines).map((engine) => [engine.set, engine]));
  for (const { entries } of records) {
    const verdicts = entries.filter(({ kind }) => kind === "call.verdict");
    for (const { id, body } of verdicts) {
      const { facts: given, verdict } = recorded.parse(body).payload;
      const engine = bySet.get(verdict.set) ?? expect.unreachable("28: the rules that gave a verdict are the client's");
      const simulation = createSimulation(engine);
      await simulation.take({ entry: id, body: z.object({ payload: z.unknown() }).parse(body).payload });
      expect(simulation.result(), "28: the rules that decided say the same again").toMatchObject({
        unchanged: 1,
        unknown: [],
        unreproduced: [],
      });
      const read = parseFacts(given);
      const facts = read.kind === "facts" ? read.facts : expect.unreachable("28: what was recorded can be read");
      const colourBy = async (by: Engine, about: Facts): Promise<number> => rank[(await by.decide(about)).colour];
      const was = await colourBy(engine, facts);
      expect(await colourBy(engine, worse(facts)), "9: worse facts, no laxer verdict").toBeGreaterThanOrEqual(was);
      for (const [fewer, more] of steps(engines))
        expect(await colourBy(more, facts), "7: one more forbid, no laxer verdict").toBeGreaterThanOrEqual(
          await colourBy(fewer, facts),
        );
      expect(was, "8: a client's rules only make it stricter").toBeGreaterThanOrEqual(
        await colourBy(engines.none, facts),
      );
      decided += 1;
    }
  }
  return decided;
}
