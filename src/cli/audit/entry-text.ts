// Entries for people. Every value in them was chosen by somebody else.

import { z } from "zod";
import type { ReadPart, ShownEntry } from "#audit/io";
import { iso } from "#kernel";
import { csvCell, printable, printableJson } from "./printable.ts";

const party = z.object({ type: z.string(), id: z.string() });
const envelope = z.object({ initiator: party, target: party, requestId: z.string() });
type Who = z.infer<typeof party>;
const name = ({ type, id }: Who): string => `${type}:${id}`;

const whoAndWhat = (entry: ShownEntry) => {
  const parsed = entry.op.kind === "open" ? envelope.safeParse(entry.op.value) : null;
  return parsed?.success === true ? parsed.data : null;
};

/** Not what the leaf committed to; erased is something else. */
export const isUnsound = ({ op, personal }: ShownEntry): boolean =>
  [op, personal].some((part) => part?.kind === "missing" || part?.kind === "tampered");

export function asLine(entry: ShownEntry): string {
  const open = whoAndWhat(entry);
  const about = open === null ? `(${state(entry.op)})` : `${name(open.initiator)} -> ${name(open.target)}`;
  const at = iso(entry.at).replace("T", " ");
  return printable(`${at}  ${entry.kind.padEnd(24)}${entry.outcome.padEnd(14)}${about}  ${entry.id}`);
}

const CSV_COLUMNS = [
  "at",
  "id",
  "index",
  "kind",
  "outcome",
  "actor",
  "target",
  "request",
  "leaf_hash",
  "body",
] as const;
export const CSV_HEADER = CSV_COLUMNS.join(",");

export function asCsv(entry: ShownEntry): string {
  const open = whoAndWhat(entry);
  return [
    iso(entry.at),
    entry.id,
    entry.index === null ? "" : String(entry.index),
    entry.kind,
    entry.outcome,
    open === null ? "" : name(open.initiator),
    open === null ? "" : name(open.target),
    open?.requestId ?? "",
    entry.leafHash,
    entry.op.kind === "open" ? printableJson(entry.op.value, 0) : state(entry.op),
  ]
    .map(csvCell)
    .join(",");
}

export function state(part: ReadPart): string {
  switch (part.kind) {
    case "open":
      return "open";
    case "unread":
      return "not read: countersign audit show opens it";
    case "erased":
      return "erased: its key was destroyed on purpose";
    case "missing":
      return "MISSING: the log committed to a body that is not there";
    case "tampered":
      return `TAMPERED: ${part.why}`;
  }
}

export function asText(entry: ShownEntry, receipt: readonly string[]): string {
  const open = whoAndWhat(entry);
  const facts: readonly (readonly [string, string])[] = [
    ["when", iso(entry.at)],
    ["what", `${entry.kind}, ${entry.outcome}`],
    ...(open === null
      ? []
      : ([
          ["who", name(open.initiator)],
          ["on", name(open.target)],
          ["request", open.requestId],
        ] as const)),
    ...(entry.intent === null ? [] : ([["closes", entry.intent]] as const)),
    ["leaf", entry.leafHash],
  ];
  return [
    `Entry ${entry.id}`,
    ...facts.map(([what, value]) => printable(`  ${what.padEnd(9)}${value}`)),
    ...receipt.map((line) => printable(`  ${line}`)),
    "",
    ...part("Body", entry.op),
    ...(entry.personal === null ? [] : part("Personal", entry.personal)),
  ].join("\n");
}

const part = (title: string, read: ReadPart): readonly string[] =>
  read.kind === "open" ? [`${title}:`, printableJson(read.value)] : [printable(`${title}: ${state(read)}.`)];
