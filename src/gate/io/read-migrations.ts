// What stands in the changed migration files at the head, read by the SQL guard. Bounded: a pull request chooses how many files it
// has and how large they are. What was not read is said to be unread, and the policy decides what that asks for.

import { known, plain, unknown } from "#kernel";
import type { CommitSha } from "#kernel";
import type { GitHub, GitHubClient } from "#platform/github";
import { createMigrationReader, findingsOf } from "#sqlguard/io";
import type { MigrationReader } from "#sqlguard/io";
import type { ChangedFile, MigrationFile, MigrationFinding } from "../facts.ts";
import { concernsMigrations } from "../migrations.ts";
import type { MigrationPolicy } from "../policy-types.ts";
import type { FileAnswer } from "./answers.ts";
import type { Repository } from "./ledger.ts";
import { limits } from "./limits.ts";
import { findEntry, readText, type Place } from "./read-entry.ts";

/** What is in a file at a commit, whatever the pull request did to it. */
type Read = Omit<MigrationFile, "path">;

/**
 * What a file is at a commit never changes: each is read once for all decisions about that head, the latest ones are kept.
 * INVARIANT: only what the commit says is kept. Whether the file is new or rewritten is between the head and a base, of which
 * there may be several.
 */
const kept = new WeakMap<GitHub, Map<string, Read>>();

export interface MigrationsAsked {
  readonly repository: Repository;
  readonly head: CommitSha;
  readonly files: readonly ChangedFile[];
  /** As GraphQL told it: which of the files are gone, which were there before. */
  readonly changes: readonly FileAnswer[];
  readonly policy: MigrationPolicy;
}

export async function readMigrations(
  github: GitHub,
  client: GitHubClient,
  { repository, head, files, changes, policy }: MigrationsAsked,
): Promise<readonly MigrationFile[]> {
  const { major } = policy;
  const wanted = files.filter((file) => concernsMigrations(file, policy));
  if (major === null)
    return wanted.map(({ path }) => ({ path, ...unread("its SQL is of a dialect that is not read here") }));
  const changeOf = new Map(changes.map(({ path, changeType }) => [path, changeType]));
  const mine = kept.get(github) ?? new Map<string, Read>();
  kept.set(github, mine);
  const reader = createMigrationReader(major);
  try {
    const found: MigrationFile[] = [];
    let asked = 0;
    for (const file of wanted) {
      const { path } = file;
      const change = changeOf.get(path);
      const notes = notesOn(file, change, policy);
      if (change === "DELETED") found.push({ path, ...told(notes) });
      else if (policy.matches(path) && !policy.isSql(path))
        found.push({ path, ...unread("it is not SQL, and nothing else is read here") });
      else if (++asked > limits.migrationFiles)
        found.push({ path, ...unread(`only the first ${limits.migrationFiles} migration files are read`) });
      else {
        const only = policy.isAbove(path) && notes.length === 0;
        const key = JSON.stringify([repository.id, head, major, only, path]);
        let read = mine.get(key);
        if (read === undefined) {
          const [now, lasts] = await readOne({ client, repository }, head, path, only ? null : reader);
          if (lasts) keep(mine, key, now);
          read = now;
        }
        found.push({ path, ...(read.findings.known ? told([...notes, ...read.findings.value], read.more) : read) });
      }
    }
    return found;
  } finally {
    await reader.close();
  }
}

/** `reader` null: only whether it is a file at all. Second: it will be the same at this commit. */
async function readOne(
  place: Place,
  head: CommitSha,
  path: string,
  reader: MigrationReader | null,
): Promise<readonly [Read, boolean]> {
  const entry = await findEntry(place, head, path);
  if (entry.kind !== "file") return [unread(entry.why), entry.kind === "never"];
  if (reader === null) return [told([]), true];
  if (entry.bytes > limits.migrationBytes)
    return [unread(`it is larger than ${limits.migrationBytes / 1024} KiB`), true];
  const text = await readText(place, entry);
  if (text.kind !== "text") return [unread(text.why), text.kind === "never"];
  const findings = findingsOf(await reader.read(text.text)).map(
    ({ line, endLine, level, statement, says }): MigrationFinding => ({
      line,
      endLine,
      level,
      text: plain(`${statement}: ${says}`, 500),
    }),
  );
  return [told(findings), true];
}

/** What the change itself is, whatever stands in the file. */
function notesOn(
  { path, previousPath }: ChangedFile,
  change: string | undefined,
  policy: MigrationPolicy,
): readonly MigrationFinding[] {
  const was = previousPath !== null && policy.matches(previousPath);
  if (!was && !policy.matches(path)) return [];
  switch (change) {
    case "ADDED":
    case "COPIED":
      return [];
    case "RENAMED":
      return was ? [MOVED] : [];
    case "DELETED":
      return [REMOVED];
    case undefined:
    default:
      return [REWRITTEN];
  }
}

const note = (text: string): MigrationFinding => ({ line: 1, endLine: 1, level: "warning", text });
const REMOVED = note("The file is removed: a database that has run it keeps what it did.");
const REWRITTEN = note("The file is there already: a database that has run it will not run it again.");
const MOVED = note("The file had another name: a database that has run it may run it again, or never.");

const unread = (why: string): Read => ({ findings: unknown(why), more: 0 });

/** The worst first, since only so many are kept; those that are, in the order of the file. */
function told(all: readonly MigrationFinding[], more = 0): Read {
  const worst = all.toSorted((a, b) => Number(a.level !== "failure") - Number(b.level !== "failure"));
  const shown = worst.slice(0, limits.migrationFindings).sort((a, b) => a.line - b.line);
  return { findings: known(shown), more: more + all.length - shown.length };
}

function keep(mine: Map<string, Read>, key: string, read: Read): void {
  mine.set(key, read);
  const [oldest] = mine.keys();
  if (mine.size > limits.migrationsKept && oldest !== undefined) mine.delete(oldest);
}
