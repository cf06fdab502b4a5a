export type RouteFault =
  /** Primary rate limit: 403 with x-ratelimit-remaining 0. */
  | { readonly kind: "primary_rate_limit"; readonly resetInSeconds: number }
  /** Secondary rate limit: 403 or 429 with retry-after. */
  | { readonly kind: "secondary_rate_limit"; readonly status: 403 | 429; readonly retryAfterSeconds: number }
  | { readonly kind: "status"; readonly status: number; readonly message?: string }
  /** GraphQL: the answer's data, with an error beside it. */
  | {
      readonly kind: "partial_error";
      readonly type: string;
      readonly message: string;
      readonly path: readonly (string | number)[];
    }
  /** A list loses its last item; nothing in the answer says so. */
  | { readonly kind: "truncate" }
  | { readonly kind: "slow"; readonly ms: number }
  /** The work is done, then the line drops: the caller does not learn the outcome. */
  | { readonly kind: "drop_answer" };

export interface Faults {
  readonly routes: { readonly route: string; readonly fault: RouteFault; times: number }[];
  readonly before: { readonly route: string; readonly act: () => void | Promise<void>; times: number }[];
  /** The next `times` requests to a route (as in GitHub's reference: `PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge`; `*` is any). */
  add(route: string, fault: RouteFault, times?: number): void;
  /** Runs between the request's arrival and its handling: what somebody else does at the worst moment (E01). */
  onRequest(route: string, act: () => void | Promise<void>, times?: number): void;
  clear(): void;
}

export function makeFaults(): Faults {
  const routes: Faults["routes"] = [];
  const before: Faults["before"] = [];
  return {
    routes,
    before,
    add: (route, fault, times = 1) => {
      routes.push({ route, fault, times });
    },
    onRequest: (route, act, times = 1) => {
      before.push({ route, act, times });
    },
    clear: () => {
      routes.length = 0;
      before.length = 0;
    },
  };
}

const named = (pattern: string, route: string): boolean => pattern === "*" || pattern === route;

export function takeFault(faults: Faults, route: string): RouteFault | null {
  const found = faults.routes.find((entry) => entry.times > 0 && named(entry.route, route));
  if (found === undefined) return null;
  found.times -= 1;
  return found.fault;
}

export async function runBefore(faults: Faults, route: string): Promise<void> {
  for (const entry of faults.before) {
    if (entry.times <= 0 || !named(entry.route, route)) continue;
    entry.times -= 1;
    await entry.act();
  }
}
