// Which facts are missing. INVARIANT: a list that was not read to its end, or a text that was not read whole, never
// leads to a pass (B12, C17, G07, G09).

import type { List } from "#kernel";
import type { Facts, FileText } from "./facts.ts";
import { becameHeadAt } from "./head.ts";
import type { Note } from "./verdict.ts";

/** GitHub lists no more files of a pull request than this: what lies behind is not seen by anybody. */
export const FILES_CAP = 3000;

export const missing = (text: string): Note => ({ code: "incomplete_facts", text });

/**
 * `production`: the base is a production branch. Only there do two gaps have a failure of their own instead (D07, D17);
 * anywhere else nothing would stop what they hide.
 */
export function missingFacts(facts: Facts, production: boolean): readonly Note[] {
  const lists: readonly (readonly [string, List<unknown>])[] = [
    ["The commits", facts.commits],
    ["The reviews", facts.reviews],
    ["The first-seen ledger", facts.firstSeen],
    ["The contributors", facts.contributions],
    ["The dismissals", facts.dismissals],
    ["The review requests", facts.reviewRequests],
    ["The changes of base", facts.baseChanges],
    ["The step-up records", facts.stepUps],
    ["The rulesets", facts.rulesets],
    ["The pull requests on the same commit", facts.siblings],
    ["The checks of this commit", facts.foreignChecks],
    ...(facts.holds === undefined ? [] : [["The holds", facts.holds] as const]),
    ...(facts.withdrawals === undefined ? [] : [["The withdrawn approvals", facts.withdrawals] as const]),
  ];
  const texts: readonly (readonly [string, FileText])[] = [
    ["The organisation's merge-gate.yml", facts.policy.organization],
    ["merge-gate.yml on the default branch", facts.policy.defaultBranch],
    ["merge-gate.yml on the base branch", facts.policy.base],
    ["CODEOWNERS", facts.policy.codeowners],
  ];
  return [
    ...lists.flatMap(([name, list]) => gap(name, list)),
    ...(production && filesAtCap(facts) ? [] : gap("The changed files", facts.files)),
    ...(production && headOfForkUnseen(facts) ? [] : gap("The history of the head", facts.sightings)),
    ...texts.flatMap(([name, text]) => (text.known ? [] : [missing(`${name} could not be read: ${text.why}`)])),
    ...missingHead(facts),
  ];
}

function gap(name: string, list: List<unknown>): readonly Note[] {
  return list.complete ? [] : [missing(`${name} could not be read whole: ${list.why}`)];
}

/** The list can never be whole then: too_many_files (D17). */
function filesAtCap({ files }: Facts): boolean {
  return files.items.length >= FILES_CAP;
}

/** A fork's activity may be unreadable for good: head_time_unknown (D07). */
function headOfForkUnseen({ sightings, pullRequest }: Facts): boolean {
  return pullRequest.fork && becameHeadAt(sightings.items, pullRequest.headSha) === null;
}

function missingHead({ commits, pullRequest }: Facts): readonly Note[] {
  if (!commits.complete || commits.items.some((c) => c.sha === pullRequest.headSha)) return [];
  return [
    missing(
      `The head ${pullRequest.headSha} is not among the pull request's commits: they were read at different moments.`,
    ),
  ];
}
