// Which entries of the log tell of a lease's way from one state to another.

import type { EntryKind, Outcome } from "#audit";
import type { Because } from "./decide.ts";
import { hasEnded } from "./decide.ts";
import type { LeaseState } from "./types.ts";

export interface Told {
  readonly kind: Extract<EntryKind, "lease.mint" | "lease.revoke">;
  readonly outcome: Outcome;
  /** Which open intent it closes. */
  readonly closes: "mint" | "revoke" | null;
}

const mint = (outcome: Outcome): Told => ({ kind: "lease.mint", outcome, closes: "mint" });
const MINTED: readonly LeaseState[] = ["active", "revoking", "revoked", "irrevocable"];

/**
 * From what the log knows (`from`) to what is: also over several states, since a revocation never waits for a log that takes nothing.
 * `revoking`: its intent is in the log.
 */
export function entriesBetween(from: LeaseState, to: LeaseState, revoking: boolean): readonly Told[] {
  if (from === to) return [];
  const entries: Told[] = [];
  if (from === "minting") {
    if (to === "refused") return [mint("refused")];
    if (to === "expired") return [mint("unknown")];
    if (MINTED.includes(to)) entries.push(mint("success"));
  }
  const closes = revoking && from !== "irrevocable" ? ("revoke" as const) : null;
  const revoke = (outcome: Outcome): Told => ({ kind: "lease.revoke", outcome, closes });
  if (to === "revoking") entries.push({ kind: "lease.revoke", outcome: "intent", closes: null });
  if (to === "revoked") entries.push(revoke(from === "irrevocable" ? "recovered" : "success"));
  if (to === "irrevocable") entries.push(revoke("failure"));
  // Nobody confirmed it; the provider's own time is over, or nobody holds it.
  if (to === "expired") entries.push(revoke("unknown"));
  return entries;
}

/** In the words of `countersign lease list`. */
export function sayEnd(state: LeaseState, because: Because | null): string | null {
  if (state === "irrevocable") return "could not be revoked";
  if (!hasEnded(state) || because === null) return null;
  switch (because) {
    case "finished":
      return "its run was done";
    case "timeout":
      return "its time was over";
    case "killed":
      return "its client was stopped";
    case "restarted":
      return "its broker was started anew";
    case "operator":
      return "an operator ended it";
    case "broken":
      return "the log or the database did not take it";
  }
}
