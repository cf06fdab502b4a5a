// What the gate would say now, for whoever is about to ask for a merge; and which branches are production. Read afresh, nothing written.

import sql from "sql-template-tag";
import { z } from "zod";
import {
  Fault,
  repositoryId,
  type BranchName,
  type CommitSha,
  type PrNumber,
  type RepoName,
  type RepositoryId,
} from "#kernel";
import { branded, type TenantClaim, type TenantTx } from "#platform/postgres";
import { decide } from "../decide.ts";
import { isGuarded } from "../protection.ts";
import { report } from "../report.ts";
import { factsDigest } from "./commit.ts";
import type { GateDeps } from "./deps.ts";
import { findRepository, type Repository } from "./ledger.ts";
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

/** By its name now, in any case. null: not this tenant's, or no longer. */
export async function repositoryNamed(tx: TenantTx, name: RepoName): Promise<Repository | null> {
  const rows = await tx.many(
    sql`select repository_id from gate.repository where tenant_id = ${tx.tenantId} and active and lower(name) = lower(${name})
      order by updated_at desc limit 1`,
    z.object({ repository_id: branded(z.number(), repositoryId) }).transform((row): RepositoryId => row.repository_id),
  );
  const [id] = rows;
  return id === undefined ? null : findRepository(tx, id);
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
