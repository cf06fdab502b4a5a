import type { CheckRun, CommitStatus } from "./checks.ts";
import type { Network } from "./git.ts";
import type { Permission } from "./organisations.ts";
import type { Issue, IssueComment, PullRequest } from "./pulls.ts";
import type { Ruleset, RuleSuite } from "./rulesets.ts";

export interface Activity {
  readonly id: number;
  readonly before: string;
  readonly after: string;
  readonly ref: string;
  readonly at: number;
  readonly type: "push" | "force_push" | "branch_creation" | "branch_deletion" | "pr_merge" | "merge_queue_merge";
  readonly actorId: number;
}

export interface QueueEntry {
  readonly id: number;
  readonly number: number;
  readonly base: string;
  readonly byId: number;
  readonly at: number;
}

/** A candidate that GitHub built for the queue: base plus everything up to and including the last entry. */
export interface MergeGroup {
  readonly branch: string;
  readonly base: string;
  readonly baseSha: string;
  readonly headSha: string;
  readonly numbers: readonly number[];
}

export interface Repository {
  readonly id: number;
  readonly ownerId: number;
  name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly createdAt: number;
  pushedAt: number;
  readonly forkOf: number | null;
  readonly network: Network;
  readonly branches: Map<string, string>;
  /** Direct collaborators; teams and ownership add to them. */
  readonly collaborators: Map<number, Permission>;
  readonly pulls: Map<number, PullRequest>;
  readonly issues: Map<number, Issue>;
  readonly comments: IssueComment[];
  readonly checkRuns: CheckRun[];
  readonly statuses: CommitStatus[];
  readonly rulesets: Ruleset[];
  readonly ruleSuites: RuleSuite[];
  readonly activity: Activity[];
  readonly queue: QueueEntry[];
  readonly groups: MergeGroup[];
  nextNumber: number;
  deleted: boolean;
}
