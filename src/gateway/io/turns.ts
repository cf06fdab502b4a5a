import type { AgentPrincipal } from "#identity";
import { atMostEach, type TenantId } from "#kernel";
import { limits } from "./limits.ts";

/** INVARIANT: whoever has a turn asks for no second one: two of those would wait for each other. */
export interface Turns {
  /** Of one agent, one: whoever asks a hundred times lets the others of its tenant in between. */
  ofAgent<T>(who: Pick<AgentPrincipal, "tenant" | "agent">, work: () => Promise<T>): Promise<T>;
  ofTenant<T>(tenant: TenantId, work: () => Promise<T>): Promise<T>;
}

/**
 * Of one tenant, so many at once; the others wait here. INVARIANT (21): they wait for each other anyway, at their budget's row, their breaker's and
 * their log's: what waits there holds a connection, and all tenants' calls have the same few.
 */
export function takeTurns(): Turns {
  const tenants = atMostEach(limits.atOnce);
  const agents = atMostEach(1);
  return {
    ofAgent: ({ tenant, agent }, work) => agents(`${tenant} ${agent}`, () => tenants(tenant, work)),
    ofTenant: tenants,
  };
}
