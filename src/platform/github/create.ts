import type { AppId, InstallationId, Millis } from "#kernel";
import { millis } from "#kernel";
import { privateKeyOf, signAppJwt } from "./app-jwt.ts";
import { type Bearer, createClient, type Pause } from "./client.ts";
import { endpoints } from "./endpoints.ts";
import { LIMITS } from "./limits.ts";
import { createLeaseTokens, type LeaseTokens } from "./lease-tokens.ts";
import { createTokens } from "./tokens.ts";
import { createTransport } from "./transport.ts";
import type { GitHub, GitHubClient } from "./types.ts";

export interface GitHubOptions {
  readonly appId: AppId;
  /** PEM. */
  readonly privateKey: string;
  /** `https://api.github.com`, or `https://HOST/api/v3` for GitHub Enterprise Server. */
  readonly baseUrl: string;
  /** Milliseconds since the Unix epoch; injected by tests. */
  readonly clock?: () => number;
  readonly fetch?: typeof fetch;
  readonly timeoutMs?: Millis;
  readonly retryBaseMs?: Millis;
}

/** `GitHub`, and what `doctor` asks about the line itself. */
export interface GitHubConnection extends GitHub {
  /** GitHub's clock minus ours, from the last answer's Date header (whole seconds); null before the first answer. */
  clockSkewMs(): Millis | null;
  /** For the lease broker alone. */
  readonly leases: LeaseTokens;
}

export function createGitHub(options: GitHubOptions): GitHubConnection {
  const clock = options.clock ?? Date.now;
  const key = privateKeyOf(options.privateKey);
  const addresses = endpoints(options.baseUrl);
  const transport = createTransport({
    endpoints: addresses,
    clock,
    fetch: options.fetch ?? fetch,
    timeoutMs: options.timeoutMs ?? LIMITS.timeoutMs,
    retryBaseMs: options.retryBaseMs ?? LIMITS.retryBaseMs,
  });

  const jwt: Bearer = {
    current: () => signAppJwt(options.appId, key, clock()),
    async again() {
      const skew = transport.skewMs() ?? 0;
      return Math.abs(skew) > LIMITS.skewToleratedMs ? signAppJwt(options.appId, key, clock() + skew) : null;
    },
  };
  const pauseOfApp = createPause();
  const pauses = new Map<InstallationId, Pause>();
  const asApp = createClient({ transport, endpoints: addresses, bearer: jwt, pause: pauseOfApp, clock });
  const pauseOf = (installation: InstallationId): Pause => {
    let pause = pauses.get(installation);
    if (pause === undefined) pauses.set(installation, (pause = createPause()));
    return pause;
  };
  const tokens = createTokens((route, parameters) => asApp.rest(route, parameters, [404, 422]), transport, clock);

  return {
    appId: options.appId,
    app: (): GitHubClient => asApp,
    installation(installation, repository, purpose) {
      const scope = { installation, repository, purpose };
      const bearer: Bearer = {
        current: () => tokens.token(scope),
        async again(refusedBearer) {
          tokens.forget(scope, refusedBearer);
          return tokens.token(scope);
        },
      };
      return createClient({ transport, endpoints: addresses, bearer, pause: pauseOf(installation), clock });
    },
    async named(installation, repository) {
      const token = await tokens.named(installation, repository);
      if (token === null) return null;
      const bearer: Bearer = { current: async () => token, again: async () => null };
      return createClient({ transport, endpoints: addresses, bearer, pause: pauseOf(installation), clock });
    },
    leases: createLeaseTokens((route, parameters) => asApp.rest(route, parameters, [403, 404, 422]), transport),
    clockSkewMs() {
      const skew = transport.skewMs();
      return skew === null ? null : millis(skew);
    },
  };
}

function createPause(): Pause {
  let until = 0;
  return {
    untilMs: () => until,
    set: (ms) => {
      until = Math.max(until, ms);
    },
  };
}
