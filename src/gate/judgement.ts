// One pull request judged by itself: the checklist of the gate, in the order an auditor reads it.

import { missing, missingFacts } from "./completeness.ts";
import type { Facts, PullRequest } from "./facts.ts";
import { becameHeadAt } from "./head.ts";
import { involvement } from "./involvement.ts";
import { bindingTest } from "./binding.ts";
import { migrationNotes } from "./migrations.ts";
import { opinions } from "./opinions.ts";
import { demandsOf, unmetDemands } from "./ownership.ts";
import type { EffectivePolicy, PolicyResult } from "./policy-types.ts";
import { CHECK_NAME, isGuarded, protectionOf } from "./protection.ts";
import { judgeReviews, tookBack } from "./reviews.ts";
import type { Judged } from "./reviews.ts";
import type { CountedReview, ErrorCode, FailCode, Note, PassCode, RejectedReview } from "./verdict.ts";
import { vetoes } from "./veto.ts";

export interface Judgement {
  readonly errors: readonly ErrorCode[];
  readonly fails: readonly FailCode[];
  readonly pass: PassCode;
  readonly counted: readonly CountedReview[];
  readonly rejected: readonly RejectedReview[];
  readonly approvals: { readonly needed: number; readonly had: number };
  readonly notes: readonly Note[];
}

export function judge(facts: Facts, result: PolicyResult): Judgement {
  switch (result.kind) {
    case "unreadable":
      return undecided([...missingFacts(facts, false), missing(`The policy could not be read: ${result.why}`)]);
    case "invalid":
      return undecided([...missingFacts(facts, false), ...result.problems]);
    case "policy":
      return weigh(facts, result.policy);
  }
}

/** Is this pull request about a branch that the gate guards? Every list that may say so counts. */
export function isProduction(facts: Facts, policy: EffectivePolicy, name = facts.pullRequest.baseRef): boolean {
  const isDefault = name === facts.pullRequest.defaultBranch;
  return isDefault || policy.isProduction(name) || isGuarded({ name, isDefault }, facts.rulesets.items);
}

function weigh(facts: Facts, policy: EffectivePolicy): Judgement {
  const { pullRequest } = facts;
  const production = isProduction(facts, policy);
  const headSince = becameHeadAt(facts.sightings.items, pullRequest.headSha);
  const involved = involvement(facts);
  const said = opinions(facts.reviews.items, facts.now);
  const judged = judgeReviews(said, { facts, involved, binding: bindingTest(facts, headSince, policy.reviewDwellMs) });
  const vetoed = vetoes(facts, said.byUser, involved, new Set(judged.approvers.map((a) => a.id)));
  const demands = demandsOf(facts, policy);
  const oneMore = !involved.requesterKnown || involved.unattributable > 0;
  const needed = demands.minApprovals + (oneMore ? 1 : 0);
  const had = judged.approvers.length;
  const unmet = unmetDemands(facts, policy, demands, judged.approvers, headSince);

  const fails = new Set<FailCode>(ofPullRequest(pullRequest));
  const notes: Note[] = [
    ...policy.warnings,
    ...judged.notes,
    ...vetoed.notes,
    ...unmappedTrailers(facts),
    ...migrationNotes(facts, policy),
  ];
  if (production) {
    if (headSince === null) fails.add("head_time_unknown");
    for (const code of missingApprovals(judged, demands.minApprovals, needed, involved.requesterKnown)) fails.add(code);
    // B01: the same person's approval, taken back, already says it.
    if (vetoed.by.some((id) => had >= needed || !tookBack(said.byUser, id))) fails.add("veto_outstanding");
    for (const { code } of unmet) fails.add(code);
    notes.push(...unmet, ...extraHuman(involved.requesterKnown, involved.unattributable));
  }
  for (const note of production ? [...enforcement(facts), ...holds(facts)] : []) {
    fails.add(note.code);
    notes.push(note);
  }
  const errors = [...missingFacts(facts, production), ...judged.unknowns, ...vetoed.unknowns];
  return {
    errors: errors.length > 0 ? ["incomplete_facts"] : [],
    // Nobody guards this base: only a pull request that cannot be merged at all is told so.
    fails: production ? [...fails] : pullRequest.state === "open" && !pullRequest.merged ? [] : ["not_open"],
    pass: production ? "approved" : "not_production",
    counted: judged.counted,
    rejected: judged.rejected,
    approvals: { needed, had },
    notes: [...notes, ...errors],
  };
}

function undecided(why: readonly Note[]): Judgement {
  const known: readonly ErrorCode[] = ["config_invalid", "codeowners_invalid", "incomplete_facts"];
  const codes = known.filter((code) => why.some((n) => n.code === code));
  return {
    errors: codes.length > 0 ? codes : ["undecidable"],
    fails: [],
    pass: "approved",
    counted: [],
    rejected: [],
    approvals: { needed: 0, had: 0 },
    notes: why,
  };
}

function ofPullRequest(pullRequest: PullRequest): readonly FailCode[] {
  const found: FailCode[] = [];
  if (pullRequest.state !== "open" || pullRequest.merged) found.push("not_open");
  if (pullRequest.draft) found.push("draft");
  // GitHub would merge whatever is the head then, not what was approved (E06).
  if (pullRequest.autoMerge) found.push("native_automerge");
  if (pullRequest.headRepositoryId === null) found.push("head_unavailable");
  return found;
}

function missingApprovals(
  judged: Judged,
  demanded: number,
  needed: number,
  requesterKnown: boolean,
): readonly FailCode[] {
  const had = judged.approvers.length;
  if (had >= needed) return [];
  const codes: FailCode[] = [...judged.rejectedApprovals];
  if (had > 0) codes.push("insufficient_approvals");
  if (!judged.anyApproval) codes.push("no_approval");
  if (had >= demanded && !requesterKnown) codes.push("requester_unknown");
  return codes;
}

function extraHuman(requesterKnown: boolean, unattributable: number): readonly Note[] {
  const notes: Note[] = [];
  if (!requesterKnown)
    notes.push({
      code: "requester_unknown",
      text: "Nobody knows who asked for this change, so one approver more is needed: one of them may be who asked.",
    });
  if (unattributable > 0)
    notes.push({
      code: "insufficient_approvals",
      text: `${unattributable} commit(s) map to no GitHub account, so one approver more is needed: one of them may have written these.`,
    });
  return notes;
}

function enforcement(facts: Facts): readonly (Note & { readonly code: FailCode })[] {
  const { baseRef, defaultBranch } = facts.pullRequest;
  const { defects } = protectionOf(
    { name: baseRef, isDefault: baseRef === defaultBranch },
    facts.rulesets.items,
    facts.appId,
  );
  const spoofs = facts.foreignChecks.items.filter(
    (c) => !(c.kind === "check_run" && c.appId === facts.appId) && SATISFIES.has(c.conclusion.toLowerCase()),
  );
  return [
    ...defects.map((text) => ({ code: "unprotected", text }) as const),
    ...spoofs.map(
      (c) =>
        ({
          code: "check_spoofed",
          text: `A ${c.kind === "status" ? "commit status" : "check run"} named "${CHECK_NAME}" that is not ours says ${c.conclusion.toLowerCase()}. Find out who set it.`,
        }) as const,
    ),
  ];
}

function holds(facts: Facts): readonly (Note & { readonly code: FailCode })[] {
  return (facts.holds?.items ?? []).map(
    (h) => ({ code: "held", text: `${h.by.login} put this pull request on hold: ${h.reason}` }) as const,
  );
}

/** What GitHub takes for a satisfied required check. */
const SATISFIES: ReadonlySet<string> = new Set(["success", "neutral", "skipped"]);

function unmappedTrailers(facts: Facts): readonly Note[] {
  const trailers = new Set(facts.commits.items.flatMap((c) => c.unmappedCoauthors));
  return [...trailers].map((text) => ({
    code: "unmapped_coauthor",
    text: `Co-author "${text}" maps to no GitHub account and excludes nobody.`,
  }));
}
