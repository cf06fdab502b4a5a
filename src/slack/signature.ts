// Slack's v0 signatures: https://docs.slack.dev/authentication/verifying-requests-from-slack

import { createHmac, timingSafeEqual } from "node:crypto";
import { LIMITS } from "./limits.ts";

export interface Signed {
  /** Seconds, as sent: it is part of what was signed. */
  readonly timestamp: string;
  readonly signature: string;
}

const TIME = /^\d{9,11}$/;
const SIGNATURE = /^v0=[0-9a-f]{64}$/;

/** null: nothing that a signature could be read from. Asked before the body: who cannot even name one gets no memory of ours. */
export function signedIn(headers: Headers): Signed | null {
  const timestamp = headers.get("x-slack-request-timestamp") ?? "";
  const signature = headers.get("x-slack-signature") ?? "";
  return TIME.test(timestamp) && SIGNATURE.test(signature) ? { timestamp, signature } : null;
}

/** INVARIANT (N5): over the bytes as they came, never over what was read from them; and within five minutes of now, to either side. */
export function isSigned(secret: string, { timestamp, signature }: Signed, body: Uint8Array, nowMs: number): boolean {
  const made = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest();
  const good = timingSafeEqual(made, Buffer.from(signature.slice("v0=".length), "hex"));
  return good && Math.abs(nowMs - Number(timestamp) * 1_000) <= LIMITS.windowMs;
}

/** Of one request at one second: the same twice is a replay. */
export const nameOf = ({ signature }: Signed): string => signature.slice("v0=".length);
