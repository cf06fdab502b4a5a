import { z } from "zod";
import { performMerge } from "../acts/merge.ts";
import { MAX_COMMITS, MAX_FILES, pullCommits, pullFiles } from "../model/diff.ts";
import { openPullRequest } from "../acts/pulls.ts";
import { fullName, orGhost } from "../model/find.ts";
import { commitsBetween } from "../model/history.ts";
import { mergeable } from "../model/mergeable.ts";
import { violations } from "../model/rules.ts";
import { commitShape, fileShape } from "../shapes/commits.ts";
import { pullShape, pullSimpleShape, reviewShape } from "../shapes/pulls.ts";
import {
  allows,
  type Answer,
  appOf,
  type Call,
  notFound,
  ok,
  paged,
  parse,
  pullOf,
  Refused,
  repoOf,
  type Route,
} from "./route.ts";

function list(call: Call): Answer {
  const repo = repoOf(call);
  const { state = "open", base, head, sort = "created", direction } = call.query;
  const found = [...repo.pulls.values()]
    .filter((pull) => state === "all" || pull.state === state)
    .filter((pull) => base === undefined || pull.baseRef === base)
    .filter((pull) => head === undefined || `${orGhost(call.w, pull.headOwnerId).login}:${pull.headRef}` === head)
    .toSorted(
      (a, b) => (sort === "updated" ? a.updatedAt - b.updatedAt : a.createdAt - b.createdAt) || a.number - b.number,
    );
  const ordered = (direction ?? "desc") === "desc" ? found.toReversed() : found;
  return paged(call, ordered, (page) => page.map((pull) => pullSimpleShape(call.w, repo, pull)));
}

const NewPull = z.object({
  title: z.string(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullish(),
  draft: z.boolean().default(false),
});

function open(call: Call): Answer {
  const { w } = call;
  const repo = repoOf(call);
  const { title, head, base, body, draft } = parse(NewPull, call.body);
  const refuse = (message: string): Refused => new Refused(422, "Validation Failed", { errors: [{ message }] });
  const [tip, onto] = [repo.branches.get(head), repo.branches.get(base)];
  if (tip === undefined || onto === undefined) throw refuse("head or base is invalid");
  if (commitsBetween(repo.network, onto, tip).length === 0) throw refuse(`No commits between ${base} and ${head}`);
  if ([...repo.pulls.values()].some((pull) => pull.state === "open" && pull.headRef === head && pull.baseRef === base))
    throw refuse(`A pull request already exists for ${head}.`);
  const by = orGhost(w, appOf(call).botId).login;
  const number = openPullRequest(w, { repo: fullName(w, repo), by, head, base, title, body: body ?? "", draft });
  const made = repo.pulls.get(number);
  if (made === undefined) throw notFound();
  return ok(pullShape(w, repo, made), 201);
}

const MergeBody = z.object({
  sha: z.string().optional(),
  merge_method: z.enum(["merge", "squash", "rebase"]).optional(),
  commit_title: z.string().nullish(),
  commit_message: z.string().nullish(),
});

/** GitHub's order of refusals: state, head, base, conflicts, rules. */
function merge(call: Call): Answer {
  const { w, caller } = call;
  const { repo, pull } = pullOf(call);
  const given = parse(MergeBody, call.body);
  const app = appOf(call);
  if (pull.state === "closed") throw new Refused(405, "Pull Request is not mergeable");
  if (pull.draft) throw new Refused(405, "Pull Request is still a draft");
  if (given.sha !== undefined && given.sha !== pull.headSha)
    throw new Refused(409, "Head branch was modified. Review and try the merge again.");
  if (w.knobs.baseModified > 0) {
    w.knobs.baseModified -= 1;
    throw new Refused(405, "Base branch was modified. Review and try the merge again.");
  }
  if (!mergeable(repo, pull)) throw new Refused(405, "Pull Request is not mergeable");
  const broken = violations(w, repo, pull, pull.headSha, app.id);
  if (broken.length > 0) throw new Refused(405, `Repository rule violations found\n\n${broken.join("\n\n")}\n\n`);
  const workflow = pullFiles(repo, pull).find((file) => file.path.startsWith(".github/workflows/"));
  if (workflow !== undefined && caller.kind === "installation" && !allows(caller.token, "workflows", "write")) {
    throw new Refused(
      403,
      `refusing to allow a GitHub App to create or update workflow \`${workflow.path}\` without \`workflows\` permission`,
    );
  }
  const sha = performMerge(w, repo, pull, orGhost(w, app.botId), {
    method: given.merge_method ?? "merge",
    title: given.commit_title ?? undefined,
    message: given.commit_message ?? undefined,
  });
  return ok({ sha, merged: true, message: "Pull Request successfully merged" });
}

export const pullRoutes: readonly Route[] = [
  { name: "POST /repos/{owner}/{repo}/pulls", needs: ["pull_requests", "write"], handle: open },
  { name: "GET /repos/{owner}/{repo}/pulls", needs: ["pull_requests", "read"], handle: list },
  {
    name: "GET /repos/{owner}/{repo}/pulls/{pull_number}",
    needs: ["pull_requests", "read"],
    handle: (call) => {
      const { repo, pull } = pullOf(call);
      return ok(pullShape(call.w, repo, pull));
    },
  },
  {
    name: "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
    needs: ["pull_requests", "read"],
    handle: (call) => {
      const { repo, pull } = pullOf(call);
      return paged(call, pull.reviews, (page) => page.map((review) => reviewShape(call.w, repo, pull, review)));
    },
  },
  {
    name: "GET /repos/{owner}/{repo}/pulls/{pull_number}/commits",
    needs: ["pull_requests", "read"],
    handle: (call) => {
      const { repo, pull } = pullOf(call);
      return paged(call, pullCommits(repo, pull).slice(0, MAX_COMMITS), (page) =>
        page.map((commit) => commitShape(call.w, repo, commit)),
      );
    },
  },
  {
    name: "GET /repos/{owner}/{repo}/pulls/{pull_number}/files",
    needs: ["pull_requests", "read"],
    handle: (call) => {
      const { repo, pull } = pullOf(call);
      return paged(call, pullFiles(repo, pull).slice(0, MAX_FILES), (page) =>
        page.map((file) => fileShape(call.w, repo, pull.headSha, file)),
      );
    },
  },
  { name: "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", needs: ["contents", "write"], handle: merge },
];
