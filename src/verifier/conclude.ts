// From what was found to five verdicts in plain words.

import type { Examination } from "./examination.ts";
import type { Held } from "./held.ts";
import type { Pinned } from "./pinned.ts";
import { describeQuorum } from "./policy.ts";
import { QUESTIONS, type Counts, type Question, type Report, type Verdict } from "./report.ts";

/** What no run of this program can prove, whatever it reads. */
const NEVER_PROVEN = [
  "That what was written into the log was true when it was written.",
  "That acts which went past this program altogether have an entry; the log lists only those that its reconciler saw.",
];

export function conclude(
  exam: Examination,
  pinned: Pinned,
  options: { readonly bodies: boolean },
  unread: boolean,
  held: Held | null,
): Report {
  leaveOut(exam, pinned, options, unread);
  const verdicts = QUESTIONS.map((question) => verdictOf(exam, pinned, question));
  const state = verdicts.some((verdict) => verdict.state === "tampered")
    ? "tampered"
    : verdicts.some((verdict) => verdict.gaps.some((gap) => gap.blocks))
      ? "not_checked"
      : "verified";
  const { bodies, bodiesOpened, bodiesUnsealed } = exam.counts;
  if (bodies - bodiesUnsealed > bodiesOpened)
    exam.notProven.add(
      `What ${bodies - bodiesUnsealed - bodiesOpened} sealed bodies say: their keys were not disclosed.`,
    );
  if (bodiesUnsealed > 0)
    exam.notProven.add(`That ${bodiesUnsealed} bodies were kept secret: they are from before sealing.`);
  return {
    state,
    verdicts,
    counts: exam.counts,
    notProven: [...exam.notProven, ...NEVER_PROVEN],
    held: state === "verified" ? held : null,
  };
}

/** Gaps of what was not asked for, and of everything that stands behind a checkpoint that could not be read. */
function leaveOut(exam: Examination, pinned: Pinned, options: { readonly bodies: boolean }, unread: boolean): void {
  if (unread)
    for (const question of QUESTIONS)
      if (question !== "signature" && exam.findings(question).all === 0)
        exam.gap(question, true, "There is no checkpoint to compare with.", "See the first verdict.");
  if (pinned.held === null && pinned.checkpoints.length === 0 && pinned.receipts.length === 0)
    exam.gap(
      "append_only",
      false,
      "You hold no earlier checkpoint, so there is nothing that this log must extend.",
      "Keep the checkpoint of this run; the next run compares with it.",
    );
  if (!options.bodies)
    exam.gap("bodies", false, "Bodies were left out on purpose.", "Run again without --without-bodies.");
}

function verdictOf(exam: Examination, pinned: Pinned, question: Question): Verdict {
  const { kept, all } = exam.findings(question);
  const gaps = exam.gaps(question);
  const state = all > 0 ? "tampered" : gaps.length > 0 ? "not_checked" : "verified";
  const says =
    state === "not_checked" ? (gaps[0]?.what ?? "") : SAYS[question](exam.counts, pinned, all, sinceOf(exam));
  return { question, state, says, findings: kept, found: all, gaps };
}

/** Nothing is "still as before" in a log that does not extend what is held. */
const sinceOf = (exam: Examination): string | null =>
  exam.since === null || exam.findings("append_only").all > 0 ? null : new Date(exam.since).toISOString();

const places = (n: number): string => (n === 1 ? "in one place" : `in ${n} places`);
const of = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** `since`: when the newest epoch was made that an earlier run verified; null where everything was read. */
type Says = (counts: Counts, pinned: Pinned, found: number, since: string | null) => string;

const readSince = ({ entries, epochs, logs }: Counts, since: string): string => {
  const inLogs = `in ${of(logs, "log", "logs")} since ${since}`;
  if (entries === 0 && epochs === 0)
    return `Nothing is new since ${since}: this is still the log whose entries and trees were verified before`;
  return entries === 0
    ? `No new entry ${inLogs}; ${of(epochs, "new epoch gives", "new epochs give")} exactly the signed root`
    : `${of(entries, "new entry", "new entries")} ${inLogs}, and ${of(epochs, "new epoch", "new epochs")}, give exactly the signed root`;
};

const SAYS: Readonly<Record<Question, Says>> = {
  signature: (counts, { policy }, found) =>
    found > 0
      ? `The checkpoint is not what your key signed: wrong ${places(found)}.`
      : `The checkpoint is signed by your key${counts.rotations > 0 ? ` (changed ${of(counts.rotations, "time", "times")}, each signed by the key before)` : ""}` +
        (policy === null || policy.quorum.kind === "none"
          ? "; no witness was asked for."
          : `, and ${of(counts.cosignatures, "witness", "witnesses")} of yours saw it (${describeQuorum(policy.quorum)} asked for).`),
  append_only: (counts, _pinned, found) =>
    found > 0
      ? `The log does not extend what you hold: wrong ${places(found)}.`
      : `The log extends every checkpoint that you hold${counts.receipts > 0 ? `, and keeps ${of(counts.receipts, "receipt", "receipts")}` : ""}.`,
  tree: (counts, _pinned, found, since) =>
    found > 0
      ? `Entries and trees do not fit together: wrong ${places(found)}.`
      : (since === null
          ? `${of(counts.entries, "entry", "entries")} in ${of(counts.logs, "log", "logs")} and ${of(counts.epochs, "epoch", "epochs")} give exactly the signed root`
          : readSince(counts, since)) +
        (counts.leavesErased > 0
          ? `; ${counts.leavesErased} leaves are erased by certificate, their hashes stand.`
          : "."),
  bodies: (counts, _pinned, found, since) =>
    found > 0
      ? `Bodies are not those that the entries commit to: wrong ${places(found)}.`
      : since !== null && counts.bodies + counts.bodiesErased === 0
        ? "No new body."
        : `${since === null ? of(counts.bodies, "body is", "bodies are") : of(counts.bodies, "new body is", "new bodies are")} what the entries commit to; ${counts.bodiesOpened} opened with their keys, ${counts.bodiesErased} erased by certificate.`,
  completeness: (counts, _pinned, found, since) =>
    found > 0
      ? `Something is missing or out of order: wrong ${places(found)}.`
      : `${since === null ? of(counts.intents, "act was", "acts were") : of(counts.intents, "new act was", "new acts were")} announced first, ${counts.intentsOpen} still under way; ${counts.reconciled} closed by asking GitHub; ${of(counts.incidents, "incident", "incidents")} reported by the log itself.`,
};
