// What stands in sealed columns: what people are shown with the facts it was decided on, and their own words.

import { z } from "zod";
import { Fault, type ApprovalId, type Json } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import { parseFacts, type Facts } from "#policy";
import type { TenantTx } from "#platform/postgres";
import { limits } from "../limits.ts";
import type { Shown } from "../types.ts";
import type { Row } from "./rows.ts";

const text = z.string();
const texts = z.array(text).readonly();
const shownShape = z
  .strictObject({
    title: text,
    tool: text,
    agent: text,
    requester: text,
    repository: text.nullable(),
    observed: texts,
    recommended: text,
    rules: z.array(z.strictObject({ id: text, version: text, text }).readonly()).readonly(),
    confidence: z.strictObject({ value: z.int(), why: texts }).readonly(),
    arguments: z.array(z.strictObject({ name: text, value: text }).readonly()).readonly(),
    preview: text.nullable(),
    consequences: text,
  })
  .readonly();

const place = (approval: ApprovalId) => ({ column: "approvals.approval.shown", row: approval });
const wordsPlace = (approval: ApprovalId) => ({ column: "approvals.answer.reason", row: approval });

/** For the log, too. */
export const shownJson = ({ rules, confidence, ...shown }: Shown): Json => ({
  ...shown,
  rules: rules.map((rule) => ({ ...rule })),
  confidence: { ...confidence },
  arguments: shown.arguments.map((argument) => ({ ...argument })),
});

/** INVARIANT: what is too large to show whole is not asked about: a person would decide about a part of it. */
export async function sealShown(
  keys: Keys,
  tx: TenantTx,
  approval: ApprovalId,
  shown: Shown,
  facts: Facts | null,
): Promise<Buffer> {
  const value: Json = { shown: shownJson(shown), facts: facts === null ? null : z.json().parse(facts) };
  if (JSON.stringify(value).length > limits.shown)
    throw new Fault(
      "input_invalid",
      "What would be shown to an approver is too large to be read. Ask for less at once.",
    );
  return sealColumn(keys, tx, place(approval), value);
}

const sealedShape = z.strictObject({ shown: shownShape, facts: z.json() });

export interface Case {
  readonly shown: Shown;
  readonly facts: Facts | null;
}

export async function openShown(keys: Keys, tx: TenantTx, row: Row): Promise<Case> {
  const opened = await openColumn(keys, tx, place(row.approval), row.shown);
  if (opened.kind === "destroyed")
    throw new Fault("keys_unavailable", "What was asked was erased with the client's key.");
  const { shown, facts } = sealedShape.parse(opened.value);
  const read = facts === null ? null : parseFacts(facts);
  return { shown, facts: read?.kind === "facts" ? read.facts : null };
}

const words = z.strictObject({ reason: z.string(), operator: z.string().nullable() });
export type Words = z.infer<typeof words>;

export const sealWords = (keys: Keys, tx: TenantTx, approval: ApprovalId, said: Words): Promise<Buffer> =>
  sealColumn(keys, tx, wordsPlace(approval), { ...said, reason: said.reason.slice(0, limits.reason) });

export async function openWords(keys: Keys, tx: TenantTx, approval: ApprovalId, sealed: Uint8Array): Promise<Words> {
  const opened = await openColumn(keys, tx, wordsPlace(approval), sealed);
  return opened.kind === "open" ? words.parse(opened.value) : { reason: "(erased)", operator: null };
}
