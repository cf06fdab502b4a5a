// How sure anybody can be that a call is right: the least of independent signals. What the model says of itself is one of them, and
// never more than the others.

export interface Signal {
  /** 0 to 100. */
  readonly value: number;
  readonly why: string;
}

export interface Signals {
  /** The agent's own number; null: it gave none, which says nothing. */
  readonly own: number | null;
  /** Lines that the call writes. */
  readonly lines: number;
  readonly paths: number;
  /** Screening suspects that somebody else's text speaks through the agent (X16). */
  readonly suspected: boolean;
  /** What the merge gate says of the pull request that it is about. */
  readonly gate: "none" | "passed" | "failed" | "unknown";
}

/** Below this a person decides (policies/floor/human.cedar). INVARIANT (X16): what is suspected is below it. */
export const SURE_ENOUGH = 40;

const CERTAIN: Signal = { value: 100, why: "Nothing speaks against it." };

const bySize = (lines: number, paths: number): Signal => {
  const value = lines > 2_000 || paths > 60 ? 35 : lines > 500 || paths > 20 ? 60 : lines > 200 ? 80 : 100;
  return value === 100
    ? CERTAIN
    : { value, why: `It changes ${lines} lines in ${paths} files, which is hard to review.` };
};

/** With the reason of each signal that is less than certain, the least first. */
export function confidenceOf({ own, lines, paths, suspected, gate }: Signals): {
  readonly value: number;
  readonly why: readonly string[];
} {
  const signals: readonly Signal[] = [
    own === null
      ? CERTAIN
      : { value: Math.max(0, Math.min(100, Math.trunc(own))), why: `The agent says so itself (${own} of 100).` },
    bySize(lines, paths),
    suspected
      ? { value: SURE_ENOUGH - 1, why: "Text that reached the agent, or that it sends, looks like instructions to it." }
      : CERTAIN,
    gate === "failed"
      ? { value: 20, why: "The merge gate does not pass the pull request." }
      : gate === "unknown"
        ? { value: 30, why: "What the merge gate says of the pull request is not known." }
        : CERTAIN,
  ];
  const doubts = signals.filter(({ value }) => value < 100).toSorted((a, b) => a.value - b.value);
  return { value: Math.min(...signals.map(({ value }) => value)), why: doubts.map(({ why }) => why) };
}
