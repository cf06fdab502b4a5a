// GraphQL does not say from where a file was renamed, and rules about the old place still bind: the REST list does.

import { z } from "zod";
import { Fault, complete, incomplete } from "#kernel";
import type { List, PrNumber, RepoName } from "#kernel";
import type { GitHubClient } from "#platform/github";
import type { ChangedFile } from "../facts.ts";
import type { FileAnswer } from "./answers.ts";
import { limits } from "./limits.ts";
import { split } from "./read-pull.ts";

const PER_PAGE = 100;
const restFiles = z.array(
  z.object({ filename: z.string().min(1), previous_filename: z.string().min(1).optional(), status: z.string() }),
);

export async function changedFiles(
  github: GitHubClient,
  repo: RepoName,
  number: PrNumber,
  list: List<FileAnswer>,
  total: number,
): Promise<List<ChangedFile>> {
  const plain = list.items.map((f) => ({ path: f.path, previousPath: null }));
  if (!list.complete) return incomplete(list.why, plain);
  if (list.items.length !== Math.min(total, limits.files))
    return incomplete(`${list.items.length} of ${total} were read`, plain);
  // Renaming CODEOWNERS or the gate's own file away is a change of it, so every rename matters.
  if (!list.items.some((f) => f.changeType === "RENAMED" || f.changeType === "COPIED")) return complete(plain);
  try {
    return await readRest(github, repo, number, list.items.length);
  } catch (error) {
    if (error instanceof Fault)
      return incomplete(`the old names of renamed files could not be read (${error.code})`, plain);
    throw error;
  }
}

async function readRest(
  github: GitHubClient,
  repo: RepoName,
  number: PrNumber,
  expected: number,
): Promise<List<ChangedFile>> {
  const { owner, name } = split(repo);
  const files: ChangedFile[] = [];
  for (let page = 1; files.length < expected; page += 1) {
    const answer = await github.rest("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", {
      owner,
      repo: name,
      pull_number: number,
      per_page: PER_PAGE,
      page,
    });
    const parsed = restFiles.safeParse(answer.data);
    if (!parsed.success || parsed.data.length === 0) return incomplete("the list of files cannot be read", files);
    if (parsed.data.some((f) => f.status === "renamed" && f.previous_filename === undefined))
      return incomplete("a renamed file without its old name", files);
    files.push(...parsed.data.map((f) => ({ path: f.filename, previousPath: f.previous_filename ?? null })));
  }
  return files.length === expected ? complete(files) : incomplete("the files changed while they were read", files);
}
