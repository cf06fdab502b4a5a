// What stands in check runs and comments: who keeps one can show later that the log held this entry (audit.md, case 9).

import type { EntryId, TenantId } from "#kernel";
import { base64, hex, type Hash } from "#verifier";

export interface PrintedReceipt {
  readonly log: TenantId;
  readonly entry: EntryId;
  readonly leaf: Hash;
  /** null: written before the log had given it its place. */
  readonly index: number | null;
  /** Entries in the tenant's log then. */
  readonly size: number;
  /** The newest checkpoint of the public epoch log then; null: before the first. */
  readonly checkpoint: { readonly epoch: number; readonly root: Hash } | null;
  /** SHA-256 of the facts that a verdict was decided on, hexadecimal. */
  readonly facts: string | null;
}

/** One line. Its second word is what `countersign audit verify --receipt` takes. */
export function printReceipt({ log, entry, leaf, index, size, checkpoint, facts }: PrintedReceipt): string {
  return [
    "countersign-receipt/v1",
    `${log}:${hex(leaf)}${index === null ? "" : `@${index}`}#${entry}`,
    `size=${size}`,
    checkpoint === null ? "epoch=none" : `epoch=${checkpoint.epoch} root=${base64(checkpoint.root)}`,
    ...(facts === null ? [] : [`facts=${facts}`]),
  ].join(" ");
}

/** Bytes that `withReceipt` adds at the most. */
export const RECEIPT_BYTES = 512;

/** For GitHub's Markdown: folded away, below what people read. */
export const withReceipt = (text: string, receipt: string | null): string =>
  receipt === null
    ? text
    : `${text}\n\n<details><summary>Receipt of the audit log</summary>\n\n\`${receipt}\`\n\n</details>`;
