import type { AgentPrincipal } from "#identity";
import { atMostEach } from "#kernel";

export type InTurn = <T>(who: Pick<AgentPrincipal, "tenant" | "agent">, work: () => Promise<T>) => Promise<T>;

/**
 * Of one tenant, so many at once; the others wait here. INVARIANT (21): they wait for each other anyway, at their budget's row and their log's:
 * what waits there holds a connection, and all tenants' calls have the same few. Of one agent, one: whoever asks a hundred times lets the
 * others of its tenant in between.
 */
export function takeTurns(atOnce: number): InTurn {
  const ofTenant = atMostEach(atOnce);
  const ofAgent = atMostEach(1);
  return ({ tenant, agent }, work) => ofAgent(`${tenant} ${agent}`, () => ofTenant(tenant, work));
}
