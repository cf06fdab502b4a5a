import { z } from "zod";
import { Fault } from "#kernel";
import type { Endpoints } from "./endpoints.ts";
import { rateLimited, refused, resetWaitMs, unavailable } from "./faults.ts";
import type { Transport } from "./transport.ts";
import type { GitHubClient, RestAnswer } from "./types.ts";

/** Whose name the request goes out in. `again` gives a fresh bearer after GitHub answered 401, or null when there is none. */
export interface Bearer {
  current(): Promise<string>;
  again(refusedBearer: string): Promise<string | null>;
}

/** After a limit, nothing of this installation is sent before its time: GitHub bans who goes on asking. */
export interface Pause {
  untilMs(): number;
  set(untilMs: number): void;
}

export interface ClientParts {
  readonly transport: Transport;
  readonly endpoints: Endpoints;
  readonly bearer: Bearer;
  readonly pause: Pause;
  readonly clock: () => number;
}

const graphqlShape = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        type: z.string().nullish(),
        path: z.array(z.union([z.string(), z.number()])).nullish(),
        message: z.string().catch(""),
      }),
    )
    .nullish(),
});

export function createClient(parts: ClientParts): GitHubClient {
  const send = async (
    route: string,
    parameters: Readonly<Record<string, unknown>>,
    read: boolean,
  ): Promise<RestAnswer> => {
    const waitMs = parts.pause.untilMs() - parts.clock();
    if (waitMs > 0) throw rateLimited(route, waitMs);
    try {
      const bearer = await parts.bearer.current();
      const answer = await parts.transport.exchange({ route, parameters, bearer, read });
      if (answer.status !== 401) return answer;
      // 401 is decided before anything is done, so once more is safe for a write too.
      const fresh = await parts.bearer.again(bearer);
      return fresh === null ? answer : await parts.transport.exchange({ route, parameters, bearer: fresh, read });
    } catch (error) {
      if (error instanceof Fault && error.code === "github_rate_limited")
        parts.pause.set(parts.clock() + (error.retryAfterMs ?? 0));
      throw error;
    }
  };

  return {
    async rest(route, parameters, accept = []) {
      const answer = await send(route, parameters, /^(?:GET|HEAD) /.test(route));
      if (answer.status < 300 || answer.status === 304 || accept.includes(answer.status)) return answer;
      throw refused(route, answer.status, answer.data);
    },
    async graphql(query, variables) {
      const route = `POST ${parts.endpoints.graphql}`;
      const answer = await send(route, { query, variables }, !/\bmutation\b/.test(query));
      if (answer.status !== 200) throw refused(route, answer.status, answer.data);
      const parsed = graphqlShape.safeParse(answer.data);
      if (!parsed.success) throw unavailable(route, "the answer is not GraphQL's");
      const errors = (parsed.data.errors ?? []).map((e) => ({
        type: e.type ?? null,
        path: e.path ?? [],
        message: e.message,
      }));
      if (errors.some((e) => e.type === "RATE_LIMITED" || e.type === "RATE_LIMIT")) {
        const fault = rateLimited(route, resetWaitMs(answer.headers, parts.clock()));
        parts.pause.set(parts.clock() + (fault.retryAfterMs ?? 0));
        throw fault;
      }
      return { data: parsed.data.data ?? null, errors };
    },
  };
}
