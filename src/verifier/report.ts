// What a verification answers.

import type { Held } from "./held.ts";

/** The five verdicts, in the order in which they are given. */
export const QUESTIONS = ["signature", "append_only", "tree", "bodies", "completeness"] as const;
export type Question = (typeof QUESTIONS)[number];

/** What was found, by what found it. */
export const FINDING_CODES = {
  checkpoint_malformed: "signature",
  checkpoint_of_another_log: "signature",
  signature_wrong: "signature",
  rotation_wrong: "signature",
  held_differs: "append_only",
  held_rolled_back: "append_only",
  held_log_missing: "append_only",
  receipt_missing: "append_only",
  root_differs: "tree",
  leaf_differs: "tree",
  leaf_malformed: "tree",
  leaf_missing: "tree",
  node_differs: "tree",
  tile_missing: "tree",
  chain_differs: "tree",
  slot_differs: "tree",
  epoch_differs: "tree",
  file_differs: "tree",
  body_differs: "bodies",
  body_missing: "bodies",
  body_unknown: "bodies",
  key_differs: "bodies",
  plaintext_wrong: "bodies",
  order_differs: "completeness",
  intent_unknown: "completeness",
  guards_differ: "completeness",
} as const satisfies Readonly<Record<string, Question>>;
export type FindingCode = keyof typeof FINDING_CODES;

export interface Finding {
  readonly code: FindingCode;
  /** `epochs` or `t/<tenant>`; "" for the source as a whole. */
  readonly log: string;
  /** Where in it, such as `entry 17`, `epoch 3`, `tile/0/000`. */
  readonly at: string;
  /** A sentence. */
  readonly what: string;
}

/** Something that could not be looked at. */
export interface Gap {
  readonly question: Question;
  /** false: nothing was given to compare with, or it was not asked for. true: it should have been there. */
  readonly blocks: boolean;
  /** Sentences: what is missing, and what to do. */
  readonly what: string;
  readonly next: string;
}

export interface Verdict {
  readonly question: Question;
  readonly state: "verified" | "tampered" | "not_checked";
  /** A sentence with its counts. */
  readonly says: string;
  /** At most `reportLimits.findings`, in the order found. */
  readonly findings: readonly Finding[];
  /** How many there were in all. */
  readonly found: number;
  readonly gaps: readonly Gap[];
}

export interface Counts {
  epochs: number;
  logs: number;
  entries: number;
  leavesErased: number;
  bodies: number;
  bodiesOpened: number;
  bodiesErased: number;
  /** Written before bodies were sealed. */
  bodiesUnsealed: number;
  intents: number;
  intentsOpen: number;
  rotations: number;
  cosignatures: number;
  receipts: number;
  reconciled: number;
  incidents: number;
}

export interface Report {
  readonly state: "verified" | "tampered" | "not_checked";
  /** Five, in the order of QUESTIONS. */
  readonly verdicts: readonly Verdict[];
  readonly counts: Readonly<Counts>;
  /** What this run says nothing about, in sentences. */
  readonly notProven: readonly string[];
  /** What to hold until the next run; null unless everything that was read is in order. */
  readonly held: Held | null;
}

export const reportLimits = { findings: 100, gaps: 20 } as const;
