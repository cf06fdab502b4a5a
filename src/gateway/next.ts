// What a verdict leads to. Pure, and total over the colours: whatever is not GREEN without an error is not carried out (4, 5, 6).

import type { Verdict } from "#policy";

export type Next =
  | { readonly kind: "execute" }
  | { readonly kind: "ask" }
  | { readonly kind: "explain" }
  | { readonly kind: "refuse" };

export interface Standing {
  /** There is nothing here that could carry out. */
  readonly explain: boolean;
  /** A person has said yes to this call before: they are not asked a second time about something else. */
  readonly approved: boolean;
}

export function nextOf({ colour, errors }: Verdict, { explain, approved }: Standing): Next {
  if (errors.length > 0 || colour === "RED") return { kind: "refuse" };
  if (explain) return { kind: "explain" };
  switch (colour) {
    case "GREEN":
      return { kind: "execute" };
    case "YELLOW":
      // INVARIANT (14): what was approved and still needs a person is not what was approved.
      return approved ? { kind: "refuse" } : { kind: "ask" };
  }
}
