// The row of a call's trace: there before anything is carried out, closed whatever happened (X9, invariant 18).

import sql from "sql-template-tag";
import { z } from "zod";
import type { CallId, Json } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import type { SpanDocument, TraceDocument } from "#platform/telemetry";
import type { Answer } from "../../types.ts";

export type TraceEnding = Answer["kind"] | "crashed";

const span: z.ZodType<SpanDocument> = z.strictObject({
  id: z.string(),
  parent: z.string().nullable(),
  name: z.string(),
  as: z.enum(["span", "agent", "tool", "guardrail"]),
  startedAt: z.number(),
  ms: z.number(),
  level: z.enum(["DEFAULT", "WARNING", "ERROR"]),
  why: z.string(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
const documentShape: z.ZodType<TraceDocument> = z.strictObject({
  v: z.literal(1),
  traceId: z.string(),
  spans: z.array(span),
  dropped: z.int(),
});

const place = (call: CallId) => ({ column: "gateway.trace.document", row: call }) as const;
const row = z.object({ document: z.instanceof(Uint8Array).nullable() });

/** null: nothing is kept of it (yet). */
export async function readTrace(
  keys: Pick<Keys, "opening">,
  tx: TenantTx,
  call: CallId,
): Promise<TraceDocument | null> {
  const found = await tx.maybe(
    sql`select document from gateway.trace where tenant_id = ${tx.tenantId} and call_id = ${call}`,
    row,
  );
  return found === null || found.document === null ? null : openTrace(keys, tx, call, found.document);
}

/** As it is kept. null: its key was destroyed. */
export async function openTrace(
  keys: Pick<Keys, "opening">,
  tx: TenantTx,
  call: CallId,
  document: Uint8Array,
): Promise<TraceDocument | null> {
  const opened = await openColumn(keys, tx, place(call), document);
  return opened.kind === "open" ? documentShape.parse(opened.value) : null;
}

/** Whether it was closed before, with what is in it. */
export const hasDocument = async (tx: TenantTx, call: CallId): Promise<boolean> =>
  (await tx.maybe(
    sql`select true as there from gateway.trace where tenant_id = ${tx.tenantId} and call_id = ${call} and document is not null`,
    z.object({ there: z.literal(true) }),
  )) !== null;

/** Again, as when a call goes on after people have answered: its later spans come behind the earlier ones. */
export async function closeTrace(
  keys: Keys,
  tx: TenantTx,
  call: CallId,
  ending: TraceEnding,
  document: TraceDocument | null,
  traced: boolean,
): Promise<void> {
  const before = traced ? await readTrace(keys, tx, call) : null;
  const whole = document === null ? before : before === null ? document : joined(before, document);
  const sealed = whole === null ? null : await sealColumn(keys, tx, place(call), toJson(whole));
  tx.later(sql`select gateway.close_trace(${call}::uuid, ${ending}, ${sealed})`);
}

/** The same run told twice (once with the call's end, once at its very end) is told once. */
function joined(before: TraceDocument, now: TraceDocument): TraceDocument {
  const known = new Set(now.spans.map(({ id }) => id));
  return {
    ...now,
    spans: [...before.spans.filter(({ id }) => !known.has(id)), ...now.spans],
    dropped: before.dropped + now.dropped,
  };
}

/** Canonical JSON has no fractions: whole milliseconds. */
const toJson = ({ spans, ...rest }: TraceDocument): Json => ({
  ...rest,
  spans: spans.map((each) => ({
    ...each,
    startedAt: Math.round(each.startedAt),
    ms: Math.round(each.ms),
    attributes: Object.fromEntries(
      Object.entries(each.attributes).map(([name, value]) => [
        name,
        typeof value === "number" && !Number.isSafeInteger(value) ? String(value) : value,
      ]),
    ),
  })),
});
