import type { BudgetKind, Opened, Scope, Standing } from "#controls";
import type { Stop } from "#controls/io";
import type { AgentId, RepositoryId } from "#kernel";
import type { Refused } from "../command.ts";
import type { Names } from "../named.ts";
import type { Pending } from "../pending.ts";

/** As a person names it: a tenant by prefix, an agent by name or id. */
export type Target =
  | { readonly kind: "platform" }
  | { readonly kind: "tenant"; readonly tenant: string }
  | { readonly kind: "agent"; readonly tenant: string; readonly agent: string }
  | { readonly kind: "repository"; readonly tenant: string; readonly repository: RepositoryId };

export interface OpenBreaker extends Opened {
  readonly prefix: string;
}

export interface ControlStatus {
  readonly kind: "status";
  /** What this command's own environment says; a server's is the server's. */
  readonly environment: { readonly killed: boolean; readonly explain: boolean };
  readonly kills: readonly Stop[];
  /** Of active tenants. */
  readonly breakers: readonly OpenBreaker[];
  /** What people call the agents and people in it, by id. */
  readonly names: Names;
}

export interface ControlPorts {
  readonly status: (tenant: string | null) => Promise<Refused | ControlStatus>;
  readonly kill: (asked: { readonly target: Target; readonly reason: string }) => Promise<
    | Refused
    | {
        readonly kind: "killed";
        readonly scope: Scope;
        readonly id: string;
        readonly already: boolean;
        /** What could not be ended at once, or may not be what was meant; the kill stands. */
        readonly problems: readonly string[];
      }
  >;
  readonly rearm: (asked: {
    readonly target: Target;
    readonly reason: string;
  }) => Promise<
    | Refused
    | Pending
    | { readonly kind: "rearmed"; readonly kills: number; readonly askedBy: string; readonly confirmedBy: string }
    | { readonly kind: "not_killed" }
  >;
  readonly resetBreaker: (asked: {
    readonly tenant: string;
    readonly agent: string;
    readonly reason: string;
  }) => Promise<Refused | { readonly kind: "reset" | "closed" }>;
  readonly budget: (asked: {
    readonly tenant: string;
    readonly agent: string | null;
  }) => Promise<Refused | { readonly kind: "budget"; readonly agent: AgentId | null; readonly standing: Standing }>;
  readonly setBudget: (asked: {
    readonly tenant: string;
    readonly agent: string | null;
    readonly budget: BudgetKind;
    /** null: Countersign's own limit again. */
    readonly most: number | null;
  }) => Promise<Refused | { readonly kind: "set"; readonly standing: Standing }>;
}
