// Which facts are missing. INVARIANT: a list that was not read to its end, or a text that was not read whole, never
// leads to a pass (B12, C17, G07, G09).

import type { List } from "#kernel";
import type { Facts, FileText } from "./facts.ts";
import { becameHeadAt } from "./head.ts";
import type { Note } from "./verdict.ts";

/** GitHub lists no more files of a pull request than this: what lies behind is not seen by anybody. */
export const FILES_CAP = 3000;

export const missing = (text: string): Note => ({ code: "incomplete_facts", text });

export function missingFacts(facts: Facts): readonly Note[] {
  const lists: readonly (readonly [string, List<unknown>])[] = [
    ["The commits", facts.commits], ["The reviews", facts.reviews], ["The first-seen ledger", facts.firstSeen],
    ["The contributors", facts.contributions], ["The dismissals", facts.dismissals], ["The review requests", facts.reviewRequests],
    ["The changes of base", facts.baseChanges], ["The step-up records", facts.stepUps], ["The rulesets", facts.rulesets],
    ["The pull requests on the same commit", facts.siblings], ["The checks of this commit", facts.foreignChecks],
    ...(facts.holds === undefined ? [] : [["The holds", facts.holds] as const]),
    ...(facts.withdrawals === undefined ? [] : [["The withdrawn approvals", facts.withdrawals] as const]),
  ];
  const texts: readonly (readonly [string, FileText])[] = [
    ["The organisation's merge-gate.yml", facts.policy.organization], ["merge-gate.yml on the default branch", facts.policy.defaultBranch],
    ["merge-gate.yml on the base branch", facts.policy.base], ["CODEOWNERS", facts.policy.codeowners],
  ];
  return [
    ...lists.flatMap(([name, list]) => (list.complete ? [] : [missing(`${name} could not be read whole: ${list.why}`)])),
    ...missingFiles(facts),
    ...missingSightings(facts),
    ...texts.flatMap(([name, text]) => (text.known ? [] : [missing(`${name} could not be read: ${text.why}`)])),
    ...missingHead(facts),
  ];
}

/** At GitHub's cap the list can never be whole; that has its own answer (D17: too_many_files). */
function missingFiles({ files }: Facts): readonly Note[] {
  return files.complete || files.items.length >= FILES_CAP ? [] : [missing(`The changed files could not be read whole: ${files.why}`)];
}

/** A fork's activity may be unreadable for good: without any other evidence that is a fail that says so (D07). */
function missingSightings(facts: Facts): readonly Note[] {
  const { sightings, pullRequest } = facts;
  if (sightings.complete || (pullRequest.fork && becameHeadAt(sightings.items, pullRequest.headSha) === null)) return [];
  return [missing(`The history of the head could not be read whole: ${sightings.why}`)];
}

function missingHead({ commits, pullRequest }: Facts): readonly Note[] {
  if (!commits.complete || commits.items.some((c) => c.sha === pullRequest.headSha)) return [];
  return [missing(`The head ${pullRequest.headSha} is not among the pull request's commits: they were read at different moments.`)];
}
