// What stands in the changed migration files at the head, read by the SQL guard. Bounded: a pull request chooses how many files it
// has and how large they are. What was not read is said to be unread, and the policy decides what that asks for.

import { z } from "zod";
import { Fault, known, plain, unknown } from "#kernel";
import type { CommitSha, Known } from "#kernel";
import type { GitHub, GitHubClient } from "#platform/github";
import { createMigrationReader, findingsOf } from "#sqlguard/io";
import type { MigrationReader } from "#sqlguard/io";
import type { ChangedFile, MigrationFile, MigrationFinding } from "../facts.ts";
import type { MigrationPolicy } from "../policy-types.ts";
import type { FileAnswer } from "./answers.ts";
import type { Repository } from "./ledger.ts";
import { limits } from "./limits.ts";
import { split } from "./read-pull.ts";

/** What a file is at a commit never changes: each is read once for all decisions about that head, the latest ones are kept. */
const kept = new WeakMap<GitHub, Map<string, MigrationFile>>();

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
  const wanted = files.filter(
    ({ path, previousPath }) => policy.matches(path) || (previousPath !== null && policy.matches(previousPath)),
  );
  if (major === null) return wanted.map(({ path }) => unread(path, "its SQL is of a dialect that is not read here"));
  const changeOf = new Map(changes.map(({ path, changeType }) => [path, changeType]));
  const mine = kept.get(github) ?? new Map<string, MigrationFile>();
  kept.set(github, mine);
  let reader: MigrationReader | null = null;
  const found: MigrationFile[] = [];
  try {
    for (const [i, { path }] of wanted.entries()) {
      const key = JSON.stringify([repository.id, head, major, path]);
      const before = mine.get(key);
      if (before !== undefined) found.push(before);
      else if (changeOf.get(path) === "DELETED") found.push(told(path, [REMOVED]));
      else if (i >= limits.migrationFiles)
        found.push(unread(path, `only the first ${limits.migrationFiles} migration files are read`));
      else {
        const text = await textAt(client, repository, head, path);
        reader ??= createMigrationReader(major);
        const file = text.known
          ? told(path, [
              ...(changeOf.get(path) === "MODIFIED" ? [REWRITTEN] : []),
              ...findingsOf(await reader.read(text.value)).map(
                ({ line, endLine, level, statement, says }): MigrationFinding => ({
                  line,
                  endLine,
                  level,
                  text: plain(`${statement}: ${says}`, 500),
                }),
              ),
            ])
          : unread(path, text.why);
        // Only what GitHub answered: a call that failed is made again with the next decision.
        if (text.known) keep(mine, key, file);
        found.push(file);
      }
    }
  } finally {
    await reader?.close();
  }
  return found;
}

const REMOVED: MigrationFinding = {
  line: 1,
  endLine: 1,
  level: "warning",
  text: "The file is removed: a database that has run it keeps what it did.",
};
const REWRITTEN: MigrationFinding = {
  line: 1,
  endLine: 1,
  level: "warning",
  text: "The file is there already: a database that has run it will not run it again.",
};

const unread = (path: string, why: string): MigrationFile => ({ path, findings: unknown(why), more: 0 });

/** The worst first, since only so many are kept; those that are, in the order of the file. */
function told(path: string, all: readonly MigrationFinding[]): MigrationFile {
  const worst = all.toSorted((a, b) => Number(a.level !== "failure") - Number(b.level !== "failure"));
  const shown = worst.slice(0, limits.migrationFindings).sort((a, b) => a.line - b.line);
  return { path, findings: known(shown), more: all.length - shown.length };
}

function keep(mine: Map<string, MigrationFile>, key: string, file: MigrationFile): void {
  mine.set(key, file);
  const [oldest] = mine.keys();
  if (mine.size > limits.migrationsKept && oldest !== undefined) mine.delete(oldest);
}

const content = z.object({
  type: z.literal("file"),
  encoding: z.string(),
  size: z.int(),
  content: z.string(),
});

/** The blob at the commit, never at a branch: the branch may have moved since the pull request was read. */
async function textAt(
  client: GitHubClient,
  repository: Repository,
  head: CommitSha,
  path: string,
): Promise<Known<string>> {
  const { owner, name } = split(repository.name);
  try {
    const answer = await client.rest(
      "GET /repos/{owner}/{repo}/contents/{path}",
      { owner, repo: name, path, ref: head },
      [404],
    );
    if (answer.status === 404) return unknown("GitHub does not show it at this commit");
    const file = content.safeParse(answer.data);
    // A symbolic link, a submodule; or larger than GitHub shows in this answer.
    if (!file.success || file.data.encoding !== "base64")
      return unknown("it is no plain file, or too large to be shown");
    if (file.data.size > limits.migrationBytes) return unknown(`it is larger than ${limits.migrationBytes / 1024} KiB`);
    const bytes = Buffer.from(file.data.content, "base64");
    if (bytes.length !== file.data.size) return unknown("GitHub did not show it whole");
    return known(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (error) {
    if (error instanceof Fault) return unknown(`GitHub did not show it (${error.code})`);
    if (error instanceof TypeError) return unknown("it is not UTF-8");
    throw error;
  }
}
