// What one run has found so far. The checks write here; the checklist reads it at the end.

import { logFolder, type Log } from "./layout.ts";
import { FINDING_CODES, QUESTIONS, reportLimits, type Counts, type Finding, type FindingCode, type Gap, type Question } from "./report.ts"; // prettier-ignore
import type { Sha256 } from "./sha256.ts";
import type { LogSource, Read } from "./source.ts";
import type { Subtle } from "./webcrypto.ts";

export interface Progress {
  readonly log: string;
  readonly done: number;
  readonly of: number;
}

export interface Tools {
  readonly sha256: Sha256;
  readonly subtle: Subtle;
  /** The auditor's clock, milliseconds. */
  readonly now: number;
  readonly progress?: (at: Progress) => void;
}

export class Examination {
  readonly source: LogSource;
  readonly tools: Tools;
  readonly counts: Counts = {
    epochs: 0, logs: 0, entries: 0, leavesErased: 0, bodies: 0, bodiesOpened: 0, bodiesErased: 0, bodiesUnsealed: 0,
    intents: 0, intentsOpen: 0, rotations: 0, cosignatures: 0, receipts: 0, reconciled: 0, incidents: 0,
  }; // prettier-ignore
  /** Sentences on what this run says nothing about. */
  readonly notProven = new Set<string>();
  /** The time of the newest epoch that an earlier run verified, milliseconds, where this run reads only what came after; null: it reads all. */
  since: number | null = null;
  /** Reads that nobody answered. */
  unread = 0;
  readonly #findings = new Map<Question, { kept: Finding[]; all: number }>();
  readonly #gaps: Gap[] = [];

  constructor(source: LogSource, tools: Tools) {
    this.source = source;
    this.tools = tools;
    for (const question of QUESTIONS) this.#findings.set(question, { kept: [], all: 0 });
  }

  find(code: FindingCode, log: Log | null, at: string, what: string): void {
    const kept = this.#findings.get(FINDING_CODES[code]);
    if (kept === undefined) return;
    kept.all += 1;
    const finding = { code, log: log === null ? "" : logFolder(log), at, what };
    if (kept.kept.length < reportLimits.findings) kept.kept.push(finding);
  }

  gap(question: Question, blocks: boolean, what: string, next: string): void {
    const known = this.#gaps.some((gap) => gap.question === question && gap.what === what);
    if (!known && this.#gaps.length < reportLimits.gaps * QUESTIONS.length)
      this.#gaps.push({ question, blocks, what, next });
  }

  findings(question: Question): { readonly kept: readonly Finding[]; readonly all: number } {
    return this.#findings.get(question) ?? { kept: [], all: 0 };
  }
  gaps(question: Question): readonly Gap[] {
    return this.#gaps.filter((gap) => gap.question === question);
  }

  /**
   * The value when it was found. What is broken is a finding, what nobody could read a gap; null for these and for what is absent.
   */
  take<T>(read: Read<T>, code: FindingCode, log: Log, at: string): T | null {
    switch (read.kind) {
      case "found":
        return read.value;
      case "absent":
        return null;
      case "broken":
        this.find(code, log, at, `It cannot be used: ${read.why}.`);
        return null;
      case "unreadable":
        this.unread += 1;
        this.gap(
          FINDING_CODES[code],
          true,
          `${logFolder(log)}, ${at}, could not be read: ${read.why}.`,
          "Try again when it can be read.",
        );
        return null;
    }
  }
}
