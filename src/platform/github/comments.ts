// A comment of ours on an issue or a pull request: found, written.

import { z } from "zod";
import { iso, type AppId, type Instant, type RepoName } from "#kernel";
import type { GitHubClient } from "./types.ts";

const comments = z.array(
  z.object({
    id: z.int(),
    body: z.string().nullish(),
    performed_via_github_app: z.object({ id: z.int() }).nullish(),
  }),
);
const made = z.object({ id: z.int() });

/** Pages of comments that are looked through for our own. */
const PAGES = 10;

export interface CommentPlace {
  readonly repository: RepoName;
  readonly number: number;
  readonly appId: AppId;
}

const placeOf = ({ repository, number }: CommentPlace) => {
  const [owner = "", repo = ""] = repository.split("/");
  return { owner, repo, issue_number: number };
};

/** INVARIANT: ours alone. Somebody who copies the marker into a comment of theirs does not get it written over. */
export async function findComment(
  client: GitHubClient,
  place: CommentPlace,
  marker: string,
  /** Of this moment or later. */
  since: Instant | null = null,
): Promise<number | null> {
  for (let page = 1; page <= PAGES; page += 1) {
    const answer = await client.rest("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...placeOf(place),
      ...(since === null ? {} : { since: iso(since) }),
      per_page: 100,
      page,
    });
    const found = comments.parse(answer.data);
    const ours = found.find(
      (each) => each.performed_via_github_app?.id === place.appId && each.body?.includes(marker) === true,
    );
    if (ours !== undefined) return ours.id;
    if (found.length < 100) return null;
  }
  return null;
}

/** `target` null, or deleted: a new one. null: the issue is gone or locked, and nobody is left to be told there. */
export async function putComment(
  client: GitHubClient,
  place: CommentPlace,
  body: string,
  target: number | null,
): Promise<number | null> {
  const { owner, repo, issue_number } = placeOf(place);
  if (target !== null) {
    const answer = await client.rest(
      "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
      { owner, repo, comment_id: target, body },
      [404],
    );
    if (answer.status !== 404) return target;
  }
  const answer = await client.rest(
    "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    { owner, repo, issue_number, body },
    [403, 404, 410],
  );
  return answer.status < 300 ? made.parse(answer.data).id : null;
}
