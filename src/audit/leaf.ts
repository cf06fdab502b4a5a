import type { EntryId, Instant, Json, TenantId } from "#kernel";
import { iso } from "#kernel";
import { canonicalBytes } from "#verifier";
import type { EntryKind, NewEntry, Outcome, Trace } from "./types.ts";

/**
 * What the leaf commits to for each part of the body: the ciphertext and the key, never anything made from the plain text. AES-GCM alone
 * would let an operator show another text under another key (case 18); with both, there is one text, and none once the key is destroyed.
 */
export interface BodyCommitment {
  /** SHA-256 of nonce, ciphertext and tag, lower-case hexadecimal. */
  readonly h: string;
  /** SHA-256 of "kc" and this part's own key, lower-case hexadecimal. */
  readonly kc: string;
  /** Bytes of ciphertext and tag. */
  readonly len: number;
}

/** Of a body: the operation, under the tenant's key, and what concerns one person, under theirs. Their places in the leaf's `body`. */
export const PARTS = { op: 0, pii: 1 } as const;
export type Part = (typeof PARTS)[keyof typeof PARTS];

export interface LeafFacts {
  readonly id: EntryId;
  readonly log: TenantId;
  readonly ts: Instant;
  readonly kind: EntryKind;
  readonly outcome: Outcome;
  readonly intent?: EntryId;
  readonly body: readonly BodyCommitment[];
}

/**
 * The committed half of an entry. INVARIANT: no login, e-mail, repository, branch, title or free text stands in it, since
 * leaves outlive the erasure of a tenant; who, what and why are in the body.
 */
export function leafBytes(leaf: LeafFacts): Uint8Array {
  return canonicalBytes({
    v: 1,
    id: leaf.id,
    log: leaf.log,
    ts: iso(leaf.ts),
    kind: leaf.kind,
    outcome: leaf.outcome,
    ...(leaf.intent === undefined ? {} : { intent: leaf.intent }),
    body: leaf.body.map(({ h, kc, len }) => ({ h, kc, len })),
  });
}

/** The erasable half, in OCSF's shape: observer, initiator, target, action and outcome are always there. */
export function bodyOf(entry: NewEntry): Json {
  return {
    observer: { ...entry.observer },
    initiator: { ...entry.initiator },
    target: { ...entry.target },
    action: entry.action ?? entry.kind,
    outcome: entry.outcome,
    requestId: entry.requestId,
    policyVersion: entry.policyVersion ?? null,
    ...traceOf(entry.trace ?? {}),
    payload: entry.body,
  };
}

/** OpenTelemetry's names for them. */
function traceOf({ traceId, spanId, toolCallId }: Trace): Readonly<Record<string, string>> {
  return {
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    ...(spanId === undefined ? {} : { span_id: spanId }),
    ...(toolCallId === undefined ? {} : { "gen_ai.tool.call.id": toolCallId }),
  };
}

/** Whether a text in any place of a value is so. */
export function someText(value: Json, is: (text: string) => boolean): boolean {
  if (typeof value === "string") return is(value);
  if (value === null || typeof value !== "object") return false;
  return (isList(value) ? value : Object.values(value)).some((each) => someText(each, is));
}

/** A text in every place of a value, changed. */
export function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map((each) => mapTexts(each, change));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each, change)]));
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
