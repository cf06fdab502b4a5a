import type { Account } from "../model/accounts.ts";
import { account, repository } from "../model/find.ts";
import type { Issue, IssueComment } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import { commentShape, issueShape, pullAsIssueShape } from "../shapes/issues.ts";
import type { World } from "../world.ts";
import { emit } from "../deliveries/emit.ts";
import type { At } from "./pulls.ts";

function subject(w: World, repo: Repository, number: number) {
  const pull = repo.pulls.get(number);
  if (pull !== undefined) return pullAsIssueShape(w, repo, pull);
  const issue = repo.issues.get(number);
  if (issue === undefined) throw new Error(`The world has no issue #${number}.`);
  return issueShape(w, repo, issue);
}

export function emitComment(
  w: World,
  repo: Repository,
  comment: IssueComment,
  action: string,
  by: Account,
  more = {},
): void {
  emit(w, repo, {
    event: "issue_comment",
    action,
    sender: by,
    body: { issue: subject(w, repo, comment.number), comment: commentShape(w, repo, comment), ...more },
  });
}

export function addComment(
  w: World,
  repo: Repository,
  given: { readonly number: number; readonly by: Account; readonly appId: number | null; readonly body: string },
): IssueComment {
  const added: IssueComment = {
    id: w.ids.next("comment"),
    number: given.number,
    authorId: given.by.id,
    appId: given.appId,
    body: given.body,
    createdAt: w.now(),
    updatedAt: w.now(),
  };
  repo.comments.push(added);
  emitComment(w, repo, added, "created", given.by);
  return added;
}

/** A comment on a pull request or issue; slash commands are comments too. */
export function comment(w: World, given: At & { readonly body: string }): number {
  return addComment(w, repository(w, given.repo), {
    number: given.number,
    by: account(w, given.by),
    appId: null,
    body: given.body,
  }).id;
}

export function editComment(
  w: World,
  given: { readonly repo: string; readonly comment: number; readonly by: string; readonly body: string },
): void {
  const repo = repository(w, given.repo);
  const found = repo.comments.find((candidate) => candidate.id === given.comment);
  if (found === undefined) throw new Error(`The world has no comment ${given.comment}.`);
  const from = found.body;
  found.body = given.body;
  found.updatedAt = w.now();
  emitComment(w, repo, found, "edited", account(w, given.by), { changes: { body: { from } } });
}

export function addIssue(
  w: World,
  repo: Repository,
  given: {
    readonly by: Account;
    readonly appId: number | null;
    readonly title: string;
    readonly body: string;
    readonly labels: readonly string[];
  },
): Issue {
  const number = repo.nextNumber++;
  const added: Issue = {
    id: w.ids.next("issue"),
    number,
    title: given.title,
    body: given.body,
    authorId: given.by.id,
    appId: given.appId,
    labels: given.labels,
    createdAt: w.now(),
  };
  repo.issues.set(number, added);
  emit(w, repo, { event: "issues", action: "opened", sender: given.by, body: { issue: issueShape(w, repo, added) } });
  return added;
}
