import { iso } from "#kernel";
import type { ReadPart } from "./read.ts";
import type { ShownEntry } from "./reading.ts";

/** An entry as it is printed with --json and answered over HTTP. The same shape for both, and for whoever parses either. */
export interface EntryDocument {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly outcome: string;
  readonly intent: string | null;
  /** null: not sequenced yet. */
  readonly index: number | null;
  readonly leafHash: string;
  readonly body: PartDocument;
  /** null: nothing in it concerns one person. */
  readonly personal: PartDocument | null;
}

export type PartDocument =
  | { readonly state: "open"; readonly value: unknown }
  | { readonly state: "unread" | "erased" | "missing" }
  | { readonly state: "tampered"; readonly why: string };

export const entryDocument = (entry: ShownEntry): EntryDocument => ({
  id: entry.id,
  at: iso(entry.at),
  kind: entry.kind,
  outcome: entry.outcome,
  intent: entry.intent,
  index: entry.index,
  leafHash: entry.leafHash,
  body: partDocument(entry.op),
  personal: entry.personal === null ? null : partDocument(entry.personal),
});

function partDocument(part: ReadPart): PartDocument {
  switch (part.kind) {
    case "open":
      return { state: "open", value: part.value };
    case "unread":
    case "erased":
    case "missing":
      return { state: part.kind };
    case "tampered":
      return { state: "tampered", why: part.why };
  }
}
