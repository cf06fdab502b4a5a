// What the gate would say now, for whoever is about to ask for a merge; and which branches are production. Read afresh, nothing written.

import { Fault, type BranchName, type CommitSha, type PrNumber } from "#kernel";
import type { TenantClaim } from "#platform/postgres";
import { decide } from "../decide.ts";
import { isGuarded } from "../protection.ts";
import { report } from "../report.ts";
import { factsDigest } from "./commit.ts";
import type { GateDeps } from "./deps.ts";
import type { Repository } from "./ledger.ts";
import { loadFacts } from "./load.ts";
import { readOpen } from "./reconcile/open.ts";

export interface Foreseen {
  readonly head: CommitSha;
  readonly base: BranchName;
  readonly open: boolean;
  readonly decision: "pass" | "fail" | "error";
  /** As the check run says it. */
  readonly says: string;
}

/** null: there is no such pull request. */
export async function foresee(
  deps: Pick<GateDeps, "database" | "github">,
  claim: TenantClaim,
  repository: Repository,
  number: PrNumber,
): Promise<Foreseen | null> {
  const loaded = await loadFacts(
    deps,
    (read) => deps.database.withTenant(claim, read),
    { repository, number },
    { fresh: true },
  );
  if (loaded === null) return null;
  const { facts, policy } = loaded;
  const verdict = decide(facts, policy);
  return {
    head: facts.pullRequest.headSha,
    base: facts.pullRequest.baseRef,
    open: facts.pullRequest.state === "open",
    decision: verdict.decision,
    says: report(verdict, factsDigest(facts)).output.title,
  };
}

export interface Branches {
  readonly isDefault: (name: string) => boolean;
  /** Whether a ruleset asks for our check on it. `unknown`: the rulesets could not be read whole. */
  readonly isGuarded: (name: BranchName) => boolean | "unknown";
  /** The default branch, and what open pull requests go into. */
  readonly bases: readonly BranchName[];
}

export async function branchesOf({ github }: Pick<GateDeps, "github">, repository: Repository): Promise<Branches> {
  const live = await readOpen(github.installation(repository.installation, repository.id, "read"), repository);
  const { defaultBranch, rulesets } = live;
  if (defaultBranch === null) throw new Fault("github_unavailable", "The repository has no default branch yet.");
  return {
    isDefault: (name) => name === defaultBranch,
    isGuarded: (name) =>
      isGuarded({ name, isDefault: name === defaultBranch }, rulesets.items) || (rulesets.complete ? false : "unknown"),
    bases: [...new Set([defaultBranch, ...live.pulls.map(({ baseRef }) => baseRef)])],
  };
}
