// Decides a past decision again, from what the audit log kept of it.

import { entryId } from "#kernel";
import type { EntryId } from "#kernel";
import { decide, fromRecord, outcomeOf, toJson } from "#gate";
import { canonical } from "#verifier";
import type { Terminal } from "./command.ts";
import { readDocuments } from "./documents.ts";
import { asText, documentOf } from "./gate-output.ts";
import type { Answer } from "./gate-output.ts";

/** null: the log has no such entry, or it holds no decision. */
export type RecordedEntry = (entry: EntryId) => Promise<unknown>;

export interface ReplayOptions {
  readonly record?: string;
  readonly entry?: string;
  readonly json?: boolean;
}

type Source =
  | { readonly kind: "records"; readonly records: readonly unknown[] }
  | { readonly kind: "none"; readonly problem: string };

export async function replay(
  options: ReplayOptions,
  recordedEntry: RecordedEntry | null,
  terminal: Terminal,
): Promise<void> {
  const source = await sourceOf(options, recordedEntry);
  if (source.kind === "none") {
    terminal.err(source.problem);
    terminal.exit(2);
    return;
  }
  const statuses = source.records.map((json) => replayOne(json, options.json === true, terminal));
  terminal.exit(statuses.includes(2) ? 2 : statuses.includes(1) ? 1 : 0);
}

async function sourceOf(options: ReplayOptions, recordedEntry: RecordedEntry | null): Promise<Source> {
  if (options.record !== undefined && options.entry === undefined) {
    const read = await readDocuments(options.record);
    if (read.kind === "unreadable") return { kind: "none", problem: read.problem };
    const broken = read.documents.find((d) => d.kind === "broken");
    return broken === undefined
      ? { kind: "records", records: read.documents.flatMap((d) => (d.kind === "json" ? [d.json] : [])) }
      : { kind: "none", problem: broken.problem };
  }
  if (options.entry === undefined || options.record !== undefined)
    return { kind: "none", problem: "Give either --record FILE or --entry ID." };
  const id = entryId(options.entry);
  if (id === null)
    return {
      kind: "none",
      problem: "--entry takes the id of an audit entry, such as 0198c1d2-7b1e-7c33-a1b2-3c4d5e6f7081.",
    };
  if (recordedEntry === null)
    return {
      kind: "none",
      problem: "--entry reads the database, which is not configured here. Set DATABASE_URL, or give --record FILE.",
    };
  const found = await recordedEntry(id);
  return found === null || found === undefined
    ? { kind: "none", problem: "The audit log has no decision under this id." }
    : { kind: "records", records: [found] };
}

/** 0: the same outcome. 1: another one. 2: no record. */
function replayOne(json: unknown, asProgram: boolean, terminal: Terminal): 0 | 1 | 2 {
  const found = fromRecord(json);
  if (found.kind === "unusable") {
    terminal.err(`This is no record of a decision: ${found.problem}.`);
    return 2;
  }
  const verdict = decide(found.facts);
  const same = canonical(toJson(outcomeOf(verdict))) === canonical(found.outcome);
  const answer: Answer = { kind: "verdict", facts: found.facts, verdict };
  if (asProgram) terminal.out(JSON.stringify({ same, recorded: found.outcome, verdict: documentOf(answer) }));
  else {
    terminal.out(asText(answer));
    terminal.out(
      same
        ? "\n  The same as recorded."
        : "\n  NOT the same as recorded: the rules have changed since, or the record was altered.",
    );
  }
  return same ? 0 : 1;
}
