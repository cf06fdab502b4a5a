// Acts that need two people, and operators' keys: what they are made of.

import type { Json, TenantId } from "#kernel";
import { canonicalBytes } from "#verifier";
import { formatTagged, isTagged } from "./tagged-key.ts";

const OPERATOR_TAG = "cso_";
export const formatOperatorKey = (secret: Uint8Array): string => formatTagged(OPERATOR_TAG, secret);
export const isOperatorKey = (text: string): boolean => isTagged(OPERATOR_TAG, text);

/** Closed: what needs a second person. */
export const ACT_KINDS = ["operator.add", "tenant.break_glass", "tenant.offboard", "control.rearm"] as const;
export type ActKind = (typeof ACT_KINDS)[number];

/** What is to be done, to the last detail that matters: who confirms it confirms exactly this. */
export interface Act {
  readonly kind: ActKind;
  /** Whom it concerns: its own log tells of each step. null: the platform as a whole. */
  readonly tenant: TenantId | null;
  readonly about: Readonly<Record<string, Json>>;
  readonly reason: string;
}

const MOST_REASON = 500;
/** An act without a reason is refused before anybody is asked. */
export const isReason = (text: string): boolean => text.trim() !== "" && text.length <= MOST_REASON;

/** The bytes that are asked for, confirmed and taken. */
export const actBytes = ({ kind, tenant, about, reason }: Act): Uint8Array =>
  canonicalBytes({ v: 1, kind, tenant, about, reason });
