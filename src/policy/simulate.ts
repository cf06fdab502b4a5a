// Past calls decided again by other rules. Only what would be decided otherwise is told, and what could not be decided again.

import { parseVerdict, rulesOf, type PastVerdict } from "./record.ts";
import type { Colour, Engine, Verdict } from "./verdict.ts";

/** One `call.verdict` entry; `body` null where it could not be opened. */
export interface PastCall {
  readonly entry: string;
  readonly body: unknown;
}

export interface Change {
  readonly entry: string;
  readonly call: string;
  readonly tool: string;
  readonly agent: string;
  readonly repository: string | null;
  readonly was: Colour;
  readonly is: Colour;
  /** What decided then, and what decides now. */
  readonly before: readonly string[];
  readonly rules: readonly string[];
  readonly errors: readonly string[];
}

export interface Unknown {
  readonly entry: string;
  readonly why: string;
}

export interface Simulated {
  readonly set: string;
  readonly calls: number;
  readonly unchanged: number;
  readonly changes: readonly Change[];
  readonly unknown: readonly Unknown[];
  /** Decided by these very rules then, and otherwise now: that is a bug of ours, or a record that is not true (28). */
  readonly unreproduced: readonly string[];
}

export interface Simulation {
  take(past: PastCall): Promise<void>;
  result(): Simulated;
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i]);

/** INVARIANT (28): the rules that decided then say the same now, down to the reasons and their errors. */
const reproduces = (past: PastVerdict, now: Verdict): boolean =>
  past.colour === now.colour && same(past.rules, rulesOf(now)) && same(past.errors, now.errors);

function changeOf(entry: string, past: PastVerdict, now: Verdict): Change {
  const { call, facts, colour: was, rules: before } = past;
  const { tool, agent, repository } = facts;
  return { entry, call, tool, agent, repository, was, is: now.colour, before, rules: rulesOf(now), errors: now.errors };
}

export function createSimulation(engine: Engine): Simulation {
  const changes: Change[] = [];
  const unknown: Unknown[] = [];
  const unreproduced: string[] = [];
  let calls = 0;
  let unchanged = 0;
  return {
    async take({ entry, body }) {
      calls += 1;
      const read = body === null ? null : parseVerdict(body);
      if (read?.kind !== "verdict") {
        unknown.push({ entry, why: read?.why ?? "its body cannot be opened" });
        return;
      }
      const now = await engine.decide(read.past.facts);
      if (read.past.set === engine.set && !reproduces(read.past, now)) unreproduced.push(entry);
      if (now.colour === read.past.colour) unchanged += 1;
      else changes.push(changeOf(entry, read.past, now));
    },
    result: () => ({ set: engine.set, calls, unchanged, changes, unknown, unreproduced }),
  };
}

/**
 * Page after page, each asked for while the one before is decided: reading is another process's work.
 * `told`: how many are decided, after each page.
 */
export async function takePages<C>(
  simulation: Simulation,
  first: C,
  page: (at: C) => Promise<{ readonly calls: readonly PastCall[]; readonly next: C | null }>,
  told: (done: number) => void = () => {},
): Promise<Simulated> {
  let coming: ReturnType<typeof page> | null = page(first);
  let done = 0;
  while (coming !== null) {
    const { calls, next }: Awaited<ReturnType<typeof page>> = await coming;
    coming = next === null ? null : page(next);
    // Thrown where it is awaited; until then nobody hears of it.
    coming?.catch(() => {});
    for (const past of calls) await simulation.take(past);
    done += calls.length;
    told(done);
  }
  return simulation.result();
}

export interface Group {
  readonly by: "rule" | "agent" | "repository";
  readonly name: string;
  readonly entries: readonly string[];
}

/** The rules whose word changed the colour: for what is stricter now those that decide now, for what is laxer those that no longer do. */
const rulesThatMatter = ({ was, is, before, rules, errors }: Change): readonly string[] => {
  if (is === "GREEN" || (is === "YELLOW" && was === "RED")) return before.filter((rule) => !rules.includes(rule));
  return errors.length > 0 ? [...rules, "(could not be decided)"] : rules;
};

/** Largest first. A change by two rules stands under both. */
export function grouped(changes: readonly Change[]): readonly Group[] {
  const groups = new Map<string, { by: Group["by"]; name: string; entries: string[] }>();
  const put = (by: Group["by"], name: string, entry: string): void => {
    const group = groups.get(`${by} ${name}`) ?? { by, name, entries: [] };
    group.entries.push(entry);
    groups.set(`${by} ${name}`, group);
  };
  for (const change of changes) {
    for (const rule of rulesThatMatter(change)) put("rule", rule, change.entry);
    put("agent", change.agent, change.entry);
    put("repository", change.repository ?? "(none)", change.entry);
  }
  const order: Readonly<Record<Group["by"], number>> = { rule: 0, agent: 1, repository: 2 };
  return [...groups.values()].toSorted(
    (a, b) => order[a.by] - order[b.by] || b.entries.length - a.entries.length || (a.name < b.name ? -1 : 1),
  );
}
