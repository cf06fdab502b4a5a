// What is kept sealed, as it is read back.

import { z } from "zod";
import { agentId, approvalId, callId, entryId, instantOfMillis, personId, tenantId } from "#kernel";
import type { AgentPrincipal } from "#identity";
import { branded } from "#platform/postgres";
import { REFUSAL_CODES, SURFACES, type Answer, type Asked } from "../types.ts";

const call = branded(z.string(), callId);
const rule = z.strictObject({ id: z.string(), version: z.string(), text: z.string() });

export const answerShape: z.ZodType<Answer> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("done"), call, result: z.json(), summary: z.string() }),
  z.strictObject({
    kind: z.literal("pending"),
    call,
    approval: branded(z.string(), approvalId),
    expiresAt: z.int().transform(instantOfMillis),
    url: z.string(),
    why: z.string(),
  }),
  z.strictObject({ kind: z.literal("running"), call }),
  z.strictObject({
    kind: z.literal("explained"),
    call,
    verdict: z.strictObject({ colour: z.enum(["GREEN", "YELLOW", "RED"]), rules: z.array(rule), set: z.string() }),
    wouldDo: z.string(),
    plan: z.json(),
  }),
  z.strictObject({
    kind: z.literal("refused"),
    call: call.nullable(),
    code: z.enum(REFUSAL_CODES),
    rules: z.array(rule),
    why: z.string(),
    next: z.string(),
    human: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("failed"),
    call,
    code: z.enum(["FAIL_TO_HUMAN", "failed"]),
    why: z.string(),
    next: z.string(),
  }),
]);

const who: z.ZodType<AgentPrincipal> = z.strictObject({
  tenant: branded(z.string(), tenantId),
  agent: branded(z.string(), agentId),
  key: branded(z.string(), entryId).exactOptional(),
  name: z.string(),
  requester: branded(z.string(), personId).nullable(),
  requesterName: z.string(),
  tools: z.union([z.literal("all"), z.array(z.string())]),
});
const volume = z.strictObject({ updates: z.int(), cents: z.int() });
const asked: z.ZodType<Asked> = z.strictObject({
  tool: z.string(),
  arguments: z.json(),
  idempotencyKey: z.string().nullable(),
  explain: z.boolean(),
  session: z.string().nullable(),
  batch: volume.nullable(),
  citations: z.array(z.string()),
  confidence: z.int().nullable(),
  traceparent: z.string().nullable(),
  from: z.enum(SURFACES),
  native: z.strictObject({ directory: z.string().nullable(), root: z.string().nullable() }).exactOptional(),
});
export const recordShape = z.strictObject({ v: z.literal(1), who, asked });
export type CallRecord = z.infer<typeof recordShape>;

/** What a person was asked about: `facts` without the approval and the session's sums. */
export const planShape = z.strictObject({ v: z.literal(1), facts: z.json() });
