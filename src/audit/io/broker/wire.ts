// What is said over the broker's socket: small JSON documents, parsed on both sides.

import { z } from "zod";
import { fromBase64, HASH_BYTES } from "#verifier";

/** Requests: heads of one batch, bytes of one body. Answers are of the same order. */
export const wireLimits = { heads: 500, bodyBytes: 4 * 1024 * 1024, proof: 64, answerMs: 20_000 } as const;

const origin = z.string().min(1).max(512);
const hash = z.string().transform((text, context) => {
  const bytes = fromBase64(text);
  if (bytes !== null && bytes.length === HASH_BYTES) return bytes;
  context.addIssue({ code: "custom", message: "no hash" });
  return z.NEVER;
});
const size = z.int().nonnegative();

export const signRequest = z.strictObject({
  heads: z
    .array(z.strictObject({ origin, size, root: hash, from: size, proof: z.array(hash).max(wireLimits.proof) }))
    .max(wireLimits.heads),
});

export const certifyRequest = z.strictObject({ body: z.string().max(1_000_000) });
export const certifyAnswer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("signed"), note: z.string() }),
  z.strictObject({ kind: z.literal("signed_otherwise"), last: z.string() }),
]);
export const lastRequest = z.strictObject({ origin });
export const rotationRequest = z.strictObject({ epoch: size });
export const nothing = z.strictObject({});

export const identityAnswer = z.strictObject({ base: z.string(), vkey: z.string() });
export const lastAnswer = z.strictObject({ note: z.string().nullable() });
export const signAnswer = z.strictObject({
  answers: z.array(
    z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("signed"), note: z.string() }),
      z.strictObject({ kind: z.literal("behind"), last: z.string() }),
      z.strictObject({ kind: z.literal("inconsistent"), last: z.string() }),
    ]),
  ),
});
export const rotateAnswer = z.strictObject({ from: z.string(), to: z.string() });
export const rotationAnswer = z.strictObject({
  event: z
    .strictObject({
      kind: z.literal("key.rotated"),
      from: z.string(),
      to: z.string(),
      byOld: z.string(),
      byNew: z.string(),
    })
    .nullable(),
});
