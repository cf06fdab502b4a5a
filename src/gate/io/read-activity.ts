// The repository's activity on the head branch: who moved it, from where to where, by the server's clock. Asked only when
// no webhook told us about the head. Activity of another repository (a fork) says nothing that we could trust here.

import { z } from "zod";
import { Fault, complete, incomplete, userId } from "#kernel";
import type { CommitSha, List, RepoName } from "#kernel";
import type { GitHubClient } from "#platform/github";
import { branded } from "#platform/postgres";
import type { HeadSighting } from "../facts.ts";
import { sha, time } from "./answers.ts";
import { limits } from "./limits.ts";
import { split } from "./read-pull.ts";

const actor = z.object({
  id: branded(z.number(), userId),
  login: z.string(),
  type: z.enum(["User", "Bot", "Organization", "Mannequin"]),
});
const entries = z.array(
  z.object({ before: sha, after: sha, ref: z.string(), timestamp: time, actor: actor.nullish() }),
);

const NOT_THERE = [403, 404];

export async function readActivity(
  github: GitHubClient,
  repo: RepoName,
  branch: string,
  head: CommitSha,
): Promise<List<HeadSighting>> {
  const { owner, name } = split(repo);
  const ref = `refs/heads/${branch}`;
  const found: HeadSighting[] = [];
  let after: string | undefined;
  try {
    for (let page = 0; page < limits.activityPages; page += 1) {
      const answer = await github.rest(
        "GET /repos/{owner}/{repo}/activity",
        { owner, repo: name, ref, per_page: 100, ...(after === undefined ? {} : { after }) },
        NOT_THERE,
      );
      // Not readable is no evidence, and without evidence nothing passes (head_time_unknown).
      if (NOT_THERE.includes(answer.status)) return complete(found);
      const parsed = entries.safeParse(answer.data);
      if (!parsed.success) return incomplete("the repository's activity cannot be read", found);
      // INVARIANT: only this very branch. The same commit on another one, earlier, proves nothing (pre-staging).
      found.push(
        ...parsed.data
          .filter((e) => e.ref === ref)
          .map((e): HeadSighting => ({
            source: "activity",
            at: e.timestamp,
            before: tip(e.before),
            after: tip(e.after),
            actor: e.actor ?? null,
          })),
      );
      after = nextCursor(answer.headers["link"]);
      if (after === undefined || found.some((s) => s.after === head)) return complete(found);
    }
    return complete(found);
  } catch (error) {
    if (error instanceof Fault) return incomplete(`the repository's activity could not be read (${error.code})`, found);
    throw error;
  }
}

/** All zeroes: the branch did not exist before, or does not after. */
function tip(value: CommitSha): CommitSha | null {
  return /^0+$/.test(value) ? null : value;
}

function nextCursor(link: string | undefined): string | undefined {
  const url = /<([^>]+)>;\s*rel="next"/.exec(link ?? "")?.[1];
  return url === undefined
    ? undefined
    : (new URL(url, "https://api.github.com").searchParams.get("after") ?? undefined);
}
