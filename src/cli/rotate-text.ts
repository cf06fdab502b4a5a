import { iso, type Instant } from "#kernel";
import { printable } from "./audit/printable.ts";

/** A credential to revoke where it came from. */
export interface Revocation {
  readonly name: string;
  readonly owner: string;
  readonly dueAt: Instant;
  readonly doneAt: Instant | null;
  readonly doneBy: string | null;
  readonly overdue: boolean;
}

export interface BrokenGlass {
  readonly kind: "done";
  readonly version: number;
  readonly confirmedBy: string;
  readonly expiresAt: Instant;
  readonly checklist: readonly Revocation[];
  readonly bodiesBefore: number;
  readonly problems: readonly string[];
}

export const checklistLines = (checklist: readonly Revocation[]): readonly string[] =>
  checklist.length === 0
    ? ["There is nothing to revoke."]
    : checklist.map(({ name, owner, dueAt, doneAt, doneBy, overdue }) =>
        printable(
          doneAt === null
            ? `  [ ] ${name}  ${owner}, until ${iso(dueAt)}${overdue ? "  OVERDUE" : ""}`
            : `  [x] ${name}  ${doneBy ?? ""}, ${iso(doneAt)}`,
        ),
      );

export const breakGlassLines = (prefix: string, done: BrokenGlass): readonly string[] => [
  `${prefix} has key ${done.version} now, confirmed by ${printable(done.confirmedBy)}. Every earlier version is destroyed: backups of the database from before open no more.`,
  "Every data key that seals was replaced; other processes of the server follow within five minutes.",
  ...(done.bodiesBefore === 0
    ? []
    : [
        `${done.bodiesBefore} bodies of its log stay under their data keys from before, which are wrapped anew: the log is append-only, and their hashes are published.`,
      ]),
  ...(done.checklist.length === 0
    ? []
    : [
        "Now revoke these where they came from, and set what replaces them:",
        ...checklistLines(done.checklist),
        `Tick them off: countersign tenant revocations ${prefix} --done NAME`,
      ]),
];

export const breakGlassJson = (prefix: string, { expiresAt, checklist, ...done }: BrokenGlass): string =>
  JSON.stringify({
    prefix,
    ...done,
    expiresAt: iso(expiresAt),
    checklist: checklist.map(({ dueAt, doneAt, ...each }) => ({
      ...each,
      dueAt: iso(dueAt),
      doneAt: doneAt === null ? null : iso(doneAt),
    })),
  });
