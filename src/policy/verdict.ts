import { cited, type Cited, type Rule } from "./rule.ts";

export const COLOURS = ["GREEN", "YELLOW", "RED"] as const;
export type Colour = (typeof COLOURS)[number];

export interface Reason extends Cited {
  readonly text: string;
  /** Different people who have to say yes, where it is more than one. */
  readonly quorum?: number | undefined;
}

/**
 * GREEN may run by itself, YELLOW needs a person's yes to exactly these arguments, RED never runs. For GREEN the reasons are what
 * permits it. INVARIANT (4): GREEN has no errors.
 */
export interface Verdict {
  readonly colour: Colour;
  readonly reasons: readonly Reason[];
  readonly errors: readonly string[];
  /** Digest of the rules that decided; somebody's server says which bundle of theirs. */
  readonly set: string;
}

/** What decides: the built-in one, or somebody's server. It answers RED where it cannot answer, and does not throw. */
export interface Engine {
  /** The same for as long as this engine decides. */
  readonly set: string;
  decide(facts: unknown): Promise<Verdict>;
}

export const failed = (set: string, ...errors: readonly string[]): Verdict => ({
  colour: "RED",
  reasons: [],
  errors,
  set,
});

/** What Cedar answered: `deciding` are ids of the rules, as `id@version`. */
export interface Answered {
  readonly allowed: boolean;
  readonly deciding: readonly string[];
  readonly errors: readonly string[];
}

/**
 * INVARIANT (6): Cedar skips a rule that errors, so that a refusal could vanish: one error, and all of it is RED. A reason that is no
 * rule of the set, or no reason where there must be one, is an error too.
 */
export function verdictOf(
  { allowed, deciding, errors }: Answered,
  rules: ReadonlyMap<string, Rule>,
  set: string,
): Verdict {
  const found = deciding.flatMap((id) => rules.get(id) ?? []).toSorted(whatForbidsFirst);
  const reasons = found.map(({ id, version, text, quorum }) => ({
    id,
    version,
    text,
    ...(quorum > 1 ? { quorum } : {}),
  }));
  const wrong = [
    ...errors,
    ...(found.length === deciding.length ? [] : ["A rule decided that the set does not have."]),
    ...(found.every(({ effect }) => (effect === "permit") === allowed)
      ? []
      : ["A rule decided against its own effect."]),
    ...(allowed && found.length === 0 ? ["It was allowed, and no rule says so."] : []),
  ];
  if (wrong.length > 0) return { colour: "RED", reasons: allowed ? [] : reasons, errors: wrong, set };
  if (allowed) return { colour: "GREEN", reasons, errors: [], set };
  // Nothing forbids, and nothing permits: refused, since what nobody has thought of is not allowed.
  if (found.length === 0) return { colour: "RED", reasons: [NOTHING_PERMITS], errors: [], set };
  return { colour: found.some(({ effect }) => effect === "RED") ? "RED" : "YELLOW", reasons, errors: [], set };
}

/** Who reads one reason reads the first: that a person decides is not true of what is forbidden, too. */
const whatForbidsFirst = (a: Rule, b: Rule): number =>
  Number(b.effect === "RED") - Number(a.effect === "RED") || (cited(a) < cited(b) ? -1 : 1);

const NOTHING_PERMITS: Reason = {
  id: "never.unpermitted",
  version: "1",
  text: "No rule permits this. Ask whoever runs Countersign to permit it, or use a tool that is permitted.",
};

/** Different people who have to say yes: as many as the strictest reason asks for. */
export const quorumOf = ({ reasons }: Pick<Verdict, "reasons">): number =>
  Math.max(1, ...reasons.map(({ quorum }) => quorum ?? 1));

/**
 * Both say their reasons; the stricter colour counts (8), and the higher number of people: a server that answers with the name of a client's
 * rule lowers nothing.
 */
export function stricter(a: Verdict, b: Verdict, set: string): Verdict {
  const rank = (v: Verdict): number => COLOURS.indexOf(v.colour);
  const colour = rank(a) >= rank(b) ? a.colour : b.colour;
  const errors = [...a.errors, ...b.errors];
  const kept = [a, b]
    .filter((v) => colour === "GREEN" || v.colour !== "GREEN")
    .toSorted((one, other) => rank(other) - rank(one))
    .flatMap((v) => v.reasons);
  const once = new Map<string, Reason>();
  for (const reason of kept) {
    const same = once.get(cited(reason));
    if (same === undefined || (same.quorum ?? 1) <= (reason.quorum ?? 1)) once.set(cited(reason), reason);
  }
  return { colour: errors.length > 0 ? "RED" : colour, reasons: [...once.values()], errors, set };
}
