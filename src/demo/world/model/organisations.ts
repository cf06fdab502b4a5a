import type { Ruleset } from "./rulesets.ts";

export type Permission = "admin" | "maintain" | "write" | "triage" | "read" | "none";

/** From nothing to everything. */
export const PERMISSIONS: readonly Permission[] = ["none", "read", "triage", "write", "maintain", "admin"];

export type MembershipState = "active" | "pending";

export interface Team {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly members: Map<number, MembershipState>;
  /** By repository id. */
  readonly repositories: Map<number, Permission>;
}

export interface Organisation {
  /** The organisation's own account. */
  readonly id: number;
  readonly members: Map<number, { readonly role: "admin" | "member"; readonly state: MembershipState }>;
  readonly teams: Map<string, Team>;
  readonly rulesets: Ruleset[];
}
