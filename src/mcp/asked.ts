// What a request says beside the tool and its arguments. None of it is needed, and none of it relaxes anything.

import { z } from "zod";
import type { Asked } from "#gateway";
import type { Json } from "#kernel";
import { LIMITS } from "./limits.ts";

const name = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    .regex(/^[^\u0000-\u001f\u007f]+$/);
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export const asides = {
  idempotencyKey: name(LIMITS.key).describe(
    "Same key and same arguments: the same call, whose answer is given again. Other arguments: refused.",
  ),
  explain: z.boolean().describe("Only say what would be done and by which rules. Nothing is carried out."),
  session: name(LIMITS.session).describe("The agent's own name for its run: the circuit breaker sums over it."),
  batch: z
    .strictObject({ updates: count, cents: count })
    .describe(
      "What this call changes, where that is more than it shows itself: records, and money that it moves, in cents of USD. The circuit breaker sums it over all calls.",
    ),
  citations: z
    .array(name(200))
    .max(50)
    .describe("Rules of the constitution that the agent says it followed: id@version."),
  confidence: z.int().min(0).max(100).describe("The model's own confidence, 0 to 100. The least signal counts."),
};

const OURS = {
  "countersign/idempotencyKey": asides.idempotencyKey.optional(),
  "countersign/explain": asides.explain.optional(),
  "countersign/session": asides.session.optional(),
  "countersign/batch": asides.batch.optional(),
  "countersign/citations": asides.citations.optional(),
  "countersign/confidence": asides.confidence.optional(),
};
const SHORT = new Set(Object.keys(asides).map((name) => name.toLowerCase()));
const known = (key: string): boolean => Object.hasOwn(OURS, key);

/**
 * Over MCP: in `_meta`, each under `countersign/`. What a model writes is arguments; what its program writes is here. Other people's names are
 * theirs; of ours there is no other. INVARIANT: `countersign/explan`, and `explain` alone, are no call that is carried out.
 */
export const metaShape = z
  .looseObject({ ...OURS, traceparent: z.string().regex(TRACEPARENT).optional().catch(undefined) })
  .superRefine((meta, context) => {
    for (const key of Object.keys(meta))
      if ((/countersign/i.test(key) && !known(key)) || SHORT.has(key.trim().toLowerCase()))
        context.addIssue({
          code: "custom",
          message: `there is no ${JSON.stringify(key.slice(0, 60))}. There are: ${Object.keys(OURS).join(", ")}`,
        });
  });

export function askedByMeta(tool: string, args: Json, meta: z.infer<typeof metaShape>, connection: Connection): Asked {
  return {
    tool,
    arguments: args,
    idempotencyKey: meta["countersign/idempotencyKey"] ?? null,
    explain: connection.explain || meta["countersign/explain"] === true,
    session: meta["countersign/session"] ?? connection.session,
    batch: meta["countersign/batch"] ?? null,
    citations: meta["countersign/citations"] ?? [],
    confidence: meta["countersign/confidence"] ?? null,
    traceparent: meta.traceparent ?? connection.traceparent,
    from: "mcp",
  };
}

/** What a client's own settings say about everything it asks: headers, for clients that cannot write `_meta`. */
export interface Connection {
  readonly explain: boolean;
  readonly session: string | null;
  readonly traceparent: string | null;
}

export function connectionOf(headers: Headers): Connection {
  const session = asides.session.safeParse(headers.get("countersign-session"));
  const traceparent = headers.get("traceparent") ?? "";
  return {
    // Whatever it says but "no": who meant to be careful and mistyped is not taken at the worst word.
    explain: !["", "0", "false", "no"].includes((headers.get("countersign-explain") ?? "").toLowerCase()),
    session: session.success ? session.data : null,
    traceparent: TRACEPARENT.test(traceparent) ? traceparent : null,
  };
}
