// What a kill reaches, and whether a call is within it.

import type { AgentId, Instant, RepositoryId, TenantId } from "#kernel";

export type Scope =
  | { readonly kind: "platform" }
  | { readonly kind: "tenant"; readonly tenant: TenantId }
  | { readonly kind: "agent"; readonly tenant: TenantId; readonly agent: AgentId }
  | { readonly kind: "repository"; readonly tenant: TenantId; readonly repository: RepositoryId };

/** Where a call acts. */
export interface Where {
  readonly tenant: TenantId;
  readonly agent: AgentId;
  /** null: none in particular. */
  readonly repository: RepositoryId | null;
}

export interface Killed {
  readonly scope: Scope;
  /** For the agent and for people, in plain words, the next step included. Never what an operator wrote: that may be another tenant's. */
  readonly reason: string;
  /** null: no row says so. It is the environment's, or the switch cannot be read. */
  readonly since: Instant | null;
}

/** Also what has to end when `scope` is killed: executions, leases. */
export function covers(scope: Scope, { tenant, agent, repository }: Where): boolean {
  switch (scope.kind) {
    case "platform":
      return true;
    case "tenant":
      return scope.tenant === tenant;
    case "agent":
      return scope.tenant === tenant && scope.agent === agent;
    case "repository":
      return scope.tenant === tenant && scope.repository === repository;
  }
}
