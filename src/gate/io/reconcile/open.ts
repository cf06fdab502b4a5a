// What is open on GitHub now, in one call per hundred: the ground truth that the ledger is held against.

import { z } from "zod";
import { Fault } from "#kernel";
import type { BranchName, CommitSha, Instant, List, PrNumber } from "#kernel";
import type { GitHubClient } from "#platform/github";
import type { Account, Ruleset } from "../../facts.ts";
import { branch, number, rulesets, sha, time } from "../answers.ts";
import type { Repository } from "../ledger.ts";
import { OPEN_QUERY } from "../queries.ts";
import { split } from "../read-pull.ts";
import { toRulesets } from "../rulesets.ts";

export interface OpenPull {
  readonly number: PrNumber;
  readonly headSha: CommitSha;
  readonly baseRef: BranchName;
  readonly updatedAt: Instant;
  /** null: a deleted account. */
  readonly author: Pick<Account, "login" | "type"> | null;
}

export interface Live {
  readonly pulls: readonly OpenPull[];
  readonly defaultBranch: BranchName | null;
  readonly rulesets: List<Ruleset>;
}

/** Whatever is none of these (an enterprise account, say) is no bot. */
const author = z
  .object({ __typename: z.enum(["User", "Bot", "Organization", "Mannequin"]).catch("User"), login: z.string() })
  .nullable();
const answer = z.object({
  repository: z.object({
    databaseId: z.int(),
    defaultBranchRef: z.object({ name: branch }).nullable(),
    pullRequests: z.object({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      nodes: z.array(z.object({ number, headRefOid: sha, baseRefName: branch, updatedAt: time, author })),
    }),
    rulesets,
  }),
});

const PAGES = 50;

export async function readOpen(client: GitHubClient, repository: Repository): Promise<Live> {
  const pulls: OpenPull[] = [];
  let first: z.infer<typeof answer>["repository"] | null = null;
  let after: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const found = await client.graphql(OPEN_QUERY, { ...split(repository.name), after, rulesets: first === null });
    const parsed = answer.safeParse(found.data);
    if (!parsed.success || found.errors.length > 0 || parsed.data.repository.databaseId !== repository.id) {
      throw new Fault("github_unavailable", "GitHub's list of open pull requests cannot be read.");
    }
    const { pullRequests }: z.infer<typeof answer>["repository"] = parsed.data.repository;
    first ??= parsed.data.repository;
    pulls.push(
      ...pullRequests.nodes.map((p) => ({
        number: p.number,
        headSha: p.headRefOid,
        baseRef: p.baseRefName,
        updatedAt: p.updatedAt,
        author: p.author === null ? null : { login: p.author.login, type: p.author.__typename },
      })),
    );
    after = pullRequests.pageInfo.endCursor;
    if (!pullRequests.pageInfo.hasNextPage || after === null) break;
  }
  return { pulls, defaultBranch: first?.defaultBranchRef?.name ?? null, rulesets: toRulesets(first?.rulesets) };
}
