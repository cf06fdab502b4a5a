import { z } from "zod";
import { addComment, addIssue, emitComment } from "../acts/comments.ts";
import { orGhost } from "../model/find.ts";
import { commentShape, issueShape } from "../shapes/issues.ts";
import { type Answer, appOf, type Call, notFound, ok, paged, parse, repoOf, type Route } from "./route.ts";

const Body = z.object({ body: z.string().max(65_536) });

function subjectNumber(call: Call): number {
  const repo = repoOf(call);
  const number = Number(call.params["issue_number"]);
  if (!repo.pulls.has(number) && !repo.issues.has(number)) throw notFound();
  return number;
}

function list(call: Call): Answer {
  const repo = repoOf(call);
  const number = subjectNumber(call);
  const found = repo.comments.filter((comment) => comment.number === number);
  return paged(call, found, (page) => page.map((comment) => commentShape(call.w, repo, comment)));
}

function create(call: Call): Answer {
  const repo = repoOf(call);
  const app = appOf(call);
  const { body } = parse(Body, call.body);
  const added = addComment(call.w, repo, {
    number: subjectNumber(call),
    by: orGhost(call.w, app.botId),
    appId: app.id,
    body,
  });
  return ok(commentShape(call.w, repo, added), 201);
}

function update(call: Call): Answer {
  const repo = repoOf(call);
  const app = appOf(call);
  const found = repo.comments.find((comment) => comment.id === Number(call.params["comment_id"]));
  if (found === undefined) throw notFound();
  const from = found.body;
  found.body = parse(Body, call.body).body;
  found.updatedAt = call.w.now();
  emitComment(call.w, repo, found, "edited", orGhost(call.w, app.botId), { changes: { body: { from } } });
  return ok(commentShape(call.w, repo, found));
}

const NewIssue = z.object({
  title: z.union([z.string(), z.number()]),
  body: z.string().nullish(),
  labels: z.array(z.string()).optional(),
  assignees: z.array(z.string()).optional(),
});

function open(call: Call): Answer {
  const repo = repoOf(call);
  const app = appOf(call);
  const given = parse(NewIssue, call.body);
  const added = addIssue(call.w, repo, {
    by: orGhost(call.w, app.botId),
    appId: app.id,
    title: String(given.title),
    body: given.body ?? "",
    labels: given.labels ?? [],
  });
  return ok(issueShape(call.w, repo, added), 201);
}

export const issueRoutes: readonly Route[] = [
  {
    name: "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
    needs: ["issues|pull_requests", "read"],
    handle: list,
  },
  {
    name: "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    needs: ["issues|pull_requests", "write"],
    handle: create,
  },
  {
    name: "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
    needs: ["issues|pull_requests", "write"],
    handle: update,
  },
  { name: "POST /repos/{owner}/{repo}/issues", needs: ["issues", "write"], handle: open },
];
