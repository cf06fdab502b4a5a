import type { AgentPrincipal } from "#identity";

export type InTurn = <T>(who: Pick<AgentPrincipal, "tenant" | "agent">, work: () => Promise<T>) => Promise<T>;

/**
 * Of one tenant, so many at once; the others wait here. INVARIANT (21): they wait for each other anyway, at their budget's row and their log's:
 * what waits there holds a connection, and all tenants' calls have the same few. Of one agent, one: whoever asks a hundred times lets the
 * others of its tenant in between.
 */
export function takeTurns(atOnce: number): InTurn {
  const ofTenant = inLine(atOnce);
  const ofAgent = inLine(1);
  return ({ tenant, agent }, work) => ofAgent(`${tenant} ${agent}`, () => ofTenant(tenant, work));
}

/** In the order in which they came. */
function inLine(atOnce: number) {
  const lines = new Map<string, { running: number; readonly waiting: (() => void)[] }>();
  return async <T>(whose: string, work: () => Promise<T>): Promise<T> => {
    const line = lines.get(whose) ?? { running: 0, waiting: [] };
    lines.set(whose, line);
    if (line.running < atOnce) line.running += 1;
    // Whoever goes hands on their place.
    else await new Promise<void>((go) => void line.waiting.push(go));
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next !== undefined) next();
      else if ((line.running -= 1) === 0) lines.delete(whose);
    }
  };
}
