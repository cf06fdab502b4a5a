import { createHash } from "node:crypto";
import type { World } from "../world.ts";
import type { RouteFault } from "./faults.ts";
import type { Answer } from "./route.ts";

const LIMIT = 5000;

/** Headers that stand on every answer of GitHub's. */
export function commonHeaders(w: World, used: number): Record<string, string> {
  return {
    "content-type": "application/json; charset=utf-8",
    "x-github-api-version-selected": "2022-11-28",
    "x-github-media-type": "github.v3; format=json",
    "x-github-request-id": w.ids.hex(16).toUpperCase(),
    "x-ratelimit-limit": String(LIMIT),
    // Never nothing: that a limit is reached is a fault of its own, not a matter of how long a world has been running.
    "x-ratelimit-remaining": String(Math.max(1, LIMIT - used)),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(Math.floor(w.wallClock() / 1000) + 3600),
    "x-ratelimit-resource": "core",
  };
}

export const etagOf = (text: string): string => `W/"${createHash("sha256").update(text).digest("hex")}"`;

const refusal = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
  body: {
    message,
    documentation_url: "https://docs.github.com/rest/overview/resources-in-the-rest-api",
    status: String(status),
  },
});

/** What a fault answers instead of the route's own handler; null: the handler runs first. */
export function instead(w: World, fault: RouteFault): Answer | null {
  switch (fault.kind) {
    case "primary_rate_limit":
      return refusal(403, "API rate limit exceeded for installation ID 1.", {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-used": String(LIMIT),
        "x-ratelimit-reset": String(Math.floor(w.wallClock() / 1000) + fault.resetInSeconds),
      });
    case "secondary_rate_limit":
      return refusal(
        fault.status,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        {
          "retry-after": String(fault.retryAfterSeconds),
        },
      );
    case "status":
      return refusal(fault.status, fault.message ?? (fault.status >= 500 ? "Server Error" : "Not Found"));
    case "partial_error":
    case "truncate":
    case "slow":
    case "drop_answer":
      return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Every list loses its last item, and nothing says so. */
function truncated(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, -1).map(truncated);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, truncated(inner)]));
}

/** What a fault does to an answer that the handler gave. */
export function spoiled(fault: RouteFault | null, answer: Answer): Answer {
  if (fault?.kind === "truncate") return { ...answer, body: truncated(answer.body) };
  if (fault?.kind === "partial_error" && isRecord(answer.body)) {
    const before: readonly unknown[] = Array.isArray(answer.body["errors"]) ? answer.body["errors"] : [];
    return {
      ...answer,
      body: { ...answer.body, errors: [...before, { type: fault.type, path: fault.path, message: fault.message }] },
    };
  }
  return answer;
}
