// What comes next in a tenant's erasure: decided from what the database says was done, so that a crash at any step goes on there.

export const ERASE_STEPS = ["admitted", "keys_destroyed", "rows_deleted", "pinned", "checked", "certified"] as const;
export type EraseStep = (typeof ERASE_STEPS)[number];

export interface ErasureFacts {
  /** Under a legal hold. */
  readonly held: boolean;
  /** The order's epoch was cosigned. */
  readonly witnessed: boolean;
  readonly steps: readonly EraseStep[];
}

export type NextStep =
  | { readonly kind: "take"; readonly step: EraseStep }
  | { readonly kind: "done" }
  | { readonly kind: "held" }
  /** For the order to be witnessed: from then on nobody can say that it was never given. */
  | { readonly kind: "waiting" };

/**
 * INVARIANT: the order of the steps. Keys first, so that from the first irreversible act on every copy is unreadable, backups
 * included; the certificate last, after the check of what it says.
 * A hold that comes after the keys are destroyed keeps nothing readable any more, but it keeps what is left.
 */
export function nextStep(facts: ErasureFacts): NextStep {
  const step = ERASE_STEPS.find((each) => !facts.steps.includes(each));
  if (step === undefined) return { kind: "done" };
  if (facts.held) return { kind: "held" };
  if (step === "admitted" && !facts.witnessed) return { kind: "waiting" };
  return { kind: "take", step };
}
