// What a path is at a commit: a file with its text, or something else.
// INVARIANT: nothing is followed. The contents API shows what a symbolic link points to in the link's place, so that it cannot be
// told from a file; what stands in the tree has a mode, and its blob is read by its own id.

import { z } from "zod";
import { Fault } from "#kernel";
import type { CommitSha } from "#kernel";
import type { GitHubClient } from "#platform/github";
import { sha } from "./answers.ts";
import type { Repository } from "./ledger.ts";
import { ENTRY_QUERY } from "./queries.ts";
import { split } from "./read-pull.ts";

/** never: it is something else at this commit, and will be. not_now: GitHub did not answer. */
export type Failed = { readonly kind: "never" | "not_now"; readonly why: string };
export type Entry = { readonly kind: "file"; readonly blob: string; readonly bytes: number } | Failed;
export type Text = { readonly kind: "text"; readonly text: string } | Failed;

/** As git has them. */
const FILE_MODES: ReadonlySet<number> = new Set([0o100644, 0o100755, 0o100664]);
const LINK = 0o120000;
const SUBMODULE = 0o160000;

const found = z.object({
  repository: z.object({
    object: z.object({
      oid: sha,
      file: z.object({ mode: z.int(), oid: sha, object: z.object({ byteSize: z.int().optional() }).nullable() }).nullable(),
    }),
  }),
}); // prettier-ignore
const blob = z.object({ sha, encoding: z.literal("base64"), size: z.int(), content: z.string() });

const never = (why: string): Failed => ({ kind: "never", why });
const notNow = (why: string): Failed => ({ kind: "not_now", why });

export interface Place {
  readonly client: GitHubClient;
  readonly repository: Repository;
}

/** At a commit, never at a branch: the branch may have moved since the pull request was read. */
export const findEntry = ({ client, repository }: Place, commit: CommitSha, path: string): Promise<Entry> =>
  asked(async () => {
    const answer = await client.graphql(ENTRY_QUERY, { ...split(repository.name), sha: commit, path });
    const parsed = found.safeParse(answer.data);
    if (!parsed.success || answer.errors.length > 0 || parsed.data.repository.object.oid !== commit)
      return notNow("GitHub's answer about it cannot be read");
    const { file } = parsed.data.repository.object;
    if (file === null) return notNow("GitHub does not show it at this commit");
    if (file.mode === LINK) return never("it is a symbolic link, and what it leads to can change without it");
    if (file.mode === SUBMODULE) return never("it is a submodule, and what stands in it is not shown here");
    const bytes = file.object?.byteSize;
    if (!FILE_MODES.has(file.mode) || bytes === undefined) return never("it is no plain file");
    return { kind: "file", blob: file.oid, bytes };
  });

export const readText = (
  { client, repository }: Place,
  entry: Extract<Entry, { readonly kind: "file" }>,
): Promise<Text> =>
  asked(async () => {
    const { owner, name } = split(repository.name);
    const answer = await client.rest(
      "GET /repos/{owner}/{repo}/git/blobs/{file_sha}",
      { owner, repo: name, file_sha: entry.blob },
      [404],
    );
    const content = blob.safeParse(answer.data);
    if (!content.success || content.data.sha !== entry.blob) return notNow("GitHub does not show what is in it");
    const bytes = Buffer.from(content.data.content, "base64");
    if (bytes.length !== content.data.size || bytes.length !== entry.bytes)
      return notNow("GitHub did not show it whole");
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes) };
  });

async function asked<T>(ask: () => Promise<T>): Promise<T | Failed> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Fault) return notNow(`GitHub did not show it (${error.code})`);
    if (error instanceof TypeError) return never("it is not UTF-8");
    throw error;
  }
}
