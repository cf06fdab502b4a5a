// The life of a lease: requested → minting → active → revoking → revoked, or refused, expired, irrevocable. Pure and total.

import { limits } from "./limits.ts";
import type { LeaseState } from "./types.ts";

/** Why a lease ended before or at its minute. `broken`: the log or the database did not take it. */
export const BECAUSE = ["finished", "timeout", "killed", "restarted", "operator", "broken"] as const;
export type Because = (typeof BECAUSE)[number];

export interface Standing {
  readonly state: LeaseState;
  /** Failed tries to revoke. */
  readonly tries: number;
  /** Why it is to end; the first reason stays. In `minting`: what is minted from here on is revoked, never handed out. */
  readonly because: Because | null;
}

export type LeaseEvent =
  | { readonly kind: "begin" }
  | { readonly kind: "refuse" }
  | { readonly kind: "minted" }
  /** Whether something was minted is not known, and nobody holds it. */
  | { readonly kind: "unheld" }
  | { readonly kind: "end"; readonly because: Because }
  | { readonly kind: "revoked" }
  | { readonly kind: "revoke_failed" }
  /** The provider's own time is over: the credential is dead, whatever became of our tries. */
  | { readonly kind: "died" };

/** What to do now. `forget`: the credential is of no more use to anybody, and leaves memory and spool. */
export type Effect = "mint" | "hand_out" | "revoke" | "revoke_again" | "alarm" | "forget";

export interface Step {
  readonly standing: Standing;
  readonly effects: readonly Effect[];
}

export const REQUESTED: Standing = { state: "requested", tries: 0, because: null };

const ENDED: readonly LeaseState[] = ["revoked", "expired", "refused"];
export const hasEnded = (state: LeaseState): boolean => ENDED.includes(state);

/**
 * INVARIANT: `hand_out` comes at most once and never after an `end`; from `revoking` on nothing is active again; what was minted
 * leaves only through `revoked`, its provider's own end, or stays `irrevocable` with an alarm.
 */
export function decide(standing: Standing, event: LeaseEvent): Step {
  const { state } = standing;
  const stay: Step = { standing, effects: [] };
  const to = (next: LeaseState, ...effects: readonly Effect[]): Step => ({
    standing: { ...standing, state: next },
    effects: hasEnded(next) ? [...effects, "forget"] : effects,
  });
  switch (event.kind) {
    case "begin":
      return state === "requested" ? (standing.because === null ? to("minting", "mint") : to("refused")) : stay;
    case "refuse":
      return state === "requested" || state === "minting" ? to("refused") : stay;
    case "minted":
      if (state !== "minting") return stay;
      return standing.because === null ? to("active", "hand_out") : to("revoking", "revoke");
    case "unheld":
      return state === "minting" || state === "active" || state === "revoking" ? to("expired") : stay;
    case "end":
      return end({ ...standing, because: standing.because ?? event.because }, stay);
    case "revoked":
      return state === "revoking" || state === "irrevocable" ? to("revoked") : stay;
    case "revoke_failed":
      return failed(standing, stay);
    case "died":
      return state === "revoking" || state === "irrevocable" ? to("expired") : stay;
  }
}

function end(ending: Standing, stay: Step): Step {
  switch (ending.state) {
    case "requested":
    case "minting":
      return { standing: ending, effects: [] };
    case "active":
      return { standing: { ...ending, state: "revoking" }, effects: ["revoke"] };
    // Somebody asks again, though we have given up.
    case "irrevocable":
      return { standing: ending, effects: ["revoke"] };
    case "revoking":
    case "revoked":
    case "expired":
    case "refused":
      return stay;
  }
}

function failed(standing: Standing, stay: Step): Step {
  const tries = standing.tries + 1;
  if (standing.state === "irrevocable") return { standing: { ...standing, tries }, effects: [] };
  if (standing.state !== "revoking") return stay;
  return tries < limits.revokeTries
    ? { standing: { ...standing, tries }, effects: ["revoke_again"] }
    : { standing: { ...standing, tries, state: "irrevocable" }, effects: ["alarm"] };
}
