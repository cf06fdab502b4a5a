import { cite, type Citable } from "./constitution.ts";
import { parseFacts } from "./facts.ts";
import { stricter, type Engine, type Verdict } from "./verdict.ts";

/** Whoever decides, what forbids below decides too, and the stricter of the two counts. INVARIANT (G3): no engine of a tenant's choice lowers it. */
export const above = (floor: Engine, engine: Engine): Engine => ({
  set: `${floor.set} ${engine.set}`,
  decide: async (facts) => {
    const [least, chosen] = await Promise.all([floor.decide(facts), engine.decide(facts)]);
    return stricter(chosen, least, `${least.set} ${chosen.set}`);
  },
});

/** A call that cites a rule that does not exist is RED: it does not follow what it says it follows. */
export const citing = (engine: Engine, citable: Citable): Engine => ({
  set: engine.set,
  decide: async (document) => {
    const verdict = await engine.decide(document);
    const read = parseFacts(document);
    if (read.kind === "unusable") return verdict;
    const found = cite(citable, read.facts.citations);
    return found.kind === "found" ? verdict : stricter(verdict, unknownRule(found.citations, engine.set), engine.set);
  },
});

const unknownRule = (citations: readonly string[], set: string): Verdict => ({
  colour: "RED",
  reasons: [
    {
      id: "never.cite_unknown",
      version: "1",
      text: `There is no rule ${citations.join(", ")}. Cite rules of the constitution as it is now, by id@version.`,
    },
  ],
  errors: [],
  set,
});
