import { createHmac, timingSafeEqual } from "node:crypto";
import { Fault } from "#kernel";

/** The current secret and, during a rotation, the one before it. Never empty, never the word every Probot example uses. */
export type WebhookSecrets = readonly [current: string, ...previous: string[]];

const SHAPE = /^sha256=[0-9a-f]{64}$/;
const SHORTEST = 20;

export function demandSecrets(secrets: WebhookSecrets): WebhookSecrets {
  if (secrets.length > 2 || secrets.some((secret) => secret.length < SHORTEST)) {
    throw new Fault(
      "config_invalid",
      `The webhook secret must have at least ${SHORTEST} characters, and only one former secret may stay beside it. Make one with \`openssl rand -hex 32\`.`,
    );
  }
  return secrets;
}

export const looksSigned = (header: string | undefined): header is string => header !== undefined && SHAPE.test(header);

/** HMAC-SHA256 over the bytes as they came. Every secret is tried in full: time says neither how far nor which one matched. */
export function isSigned(secrets: WebhookSecrets, header: string, body: Uint8Array): boolean {
  if (!SHAPE.test(header)) return false;
  const given = Buffer.from(header.slice("sha256=".length), "hex");
  let good = false;
  for (const secret of secrets) {
    const matches = timingSafeEqual(createHmac("sha256", secret).update(body).digest(), given);
    good = matches || good;
  }
  return good;
}
