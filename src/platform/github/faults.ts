import { z } from "zod";
import { Fault } from "#kernel";
import { LIMITS } from "./limits.ts";
import type { RestAnswer } from "./types.ts";

const messageIn = z.object({ message: z.string() });

export function messageOf(data: unknown): string {
  const parsed = messageIn.safeParse(data);
  return parsed.success ? parsed.data.message.slice(0, 300) : "no message";
}

/** GitHub's own clock at the answer, or null. Rate-limit times are told against this one, never against ours. */
export function serverTimeMs(headers: RestAnswer["headers"]): number | null {
  const at = Date.parse(headers["date"] ?? "");
  return Number.isFinite(at) ? at : null;
}

/**
 * null: not a rate limit. A secondary limit comes as 403 or 429, with or without retry-after, and with quota left;
 * GitHub's texts are then the only mark.
 */
export function rateLimitWaitMs(answer: RestAnswer, nowMs: number): number | null {
  const { status, headers } = answer;
  if (status !== 403 && status !== 429) return null;
  const retryAfter = Number(headers["retry-after"] ?? "");
  if (headers["retry-after"] !== undefined && Number.isFinite(retryAfter)) return Math.max(1_000, retryAfter * 1_000);
  if (headers["x-ratelimit-remaining"] === "0") return resetWaitMs(headers, nowMs);
  const secondary = /secondary rate limit|abuse detection|rate limit exceeded/i.test(messageOf(answer.data));
  return status === 429 || secondary ? LIMITS.secondaryWaitMs : null;
}

export function resetWaitMs(headers: RestAnswer["headers"], nowMs: number): number {
  const reset = Number(headers["x-ratelimit-reset"] ?? "");
  if (!Number.isFinite(reset) || reset <= 0) return LIMITS.secondaryWaitMs;
  return Math.max(1_000, reset * 1_000 - (serverTimeMs(headers) ?? nowMs));
}

export function rateLimited(route: string, retryAfterMs: number): Fault {
  return new Fault(
    "github_rate_limited",
    `GitHub's rate limit was reached at "${route}". Nothing is lost: it will be asked again in ${Math.ceil(retryAfterMs / 1_000)} s.`,
    { retryAfterMs },
  );
}

export function unavailable(route: string, what: string): Fault {
  const reading = route.startsWith("GET ");
  return new Fault(
    "github_unavailable",
    `GitHub did not answer "${route}": ${what}.${reading ? "" : " A write may or may not have happened; it is read back before it is tried again."}`,
  );
}

export function refused(route: string, status: number, data: unknown): Fault {
  const next =
    status === 401
      ? "Check that APP_ID and the private key belong to the same App, and the machine's clock."
      : "Run `countersign doctor` to see which permission or setting is missing.";
  return new Fault("github_refused", `GitHub refused "${route}" with ${status}: ${messageOf(data)}. ${next}`);
}
