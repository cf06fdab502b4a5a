import type { Permissions } from "../model/apps.ts";

/** One request and its answer, as they crossed the wire. */
export interface Exchange {
  readonly method: string;
  /** As in GitHub's reference: `GET /repos/{owner}/{repo}`; `null` when GitHub knows no such route. */
  readonly route: string | null;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Who asked: the App by JWT, an installation by its token, or nobody. */
  readonly as:
    | { readonly kind: "app" }
    | { readonly kind: "installation"; readonly id: number; readonly permissions: Permissions }
    | { readonly kind: "nobody" };
  readonly status: number;
  readonly answer: unknown;
}

export interface Journal {
  readonly exchanges: Exchange[];
  readonly listeners: ((exchange: Exchange) => void)[];
  record(exchange: Exchange): void;
  /** How often a route was called. */
  count(route: string): number;
  of(route: string): readonly Exchange[];
  clear(): void;
}

/** A demo may run for weeks: older exchanges are forgotten. */
const KEEP = 20_000;

export function makeJournal(): Journal {
  const exchanges: Exchange[] = [];
  const listeners: Journal["listeners"] = [];
  const of = (route: string): readonly Exchange[] => exchanges.filter((exchange) => exchange.route === route);
  return {
    exchanges,
    listeners,
    record: (exchange) => {
      exchanges.push(exchange);
      if (exchanges.length > KEEP) exchanges.shift();
      for (const listener of listeners) listener(exchange);
    },
    count: (route) => of(route).length,
    of,
    clear: () => {
      exchanges.length = 0;
    },
  };
}
