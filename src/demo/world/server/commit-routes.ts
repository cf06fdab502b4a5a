import type { PullRequest } from "../model/pulls.ts";
import { commitsBetween, changesBetween, historyOf, mergeBase } from "../model/history.ts";
import { EMPTY } from "../model/git.ts";
import { pullCommits } from "../model/diff.ts";
import type { Repository } from "../model/repositories.ts";
import { activeRulesets } from "../model/rules.ts";
import { commitShape, fileShape, wholeCommitShape } from "../shapes/commits.ts";
import { pullSimpleShape } from "../shapes/pulls.ts";
import { repoApi, repoHtml } from "../shapes/repositories.ts";
import type { World } from "../world.ts";
import { commitAt, resolveRef } from "./refs.ts";
import { type Answer, type Call, notFound, ok, paged, repoOf, type Route } from "./route.ts";

function list(call: Call): Answer {
  const repo = repoOf(call);
  const { sha, since, until, path } = call.query;
  const found = historyOf(repo.network, resolveRef(repo, sha ?? repo.defaultBranch))
    .filter((one) => since === undefined || one.committer.at >= Date.parse(since))
    .filter((one) => until === undefined || one.committer.at <= Date.parse(until))
    .filter((one) => path === undefined || one.tree.has(path));
  return paged(call, found, (page) => page.map((one) => commitShape(call.w, repo, one)));
}

/** Open pull requests that contain the commit, and the merged one that brought it. */
function pulls(call: Call): Answer {
  const repo = repoOf(call);
  const sha = resolveRef(repo, call.params["commit_sha"] ?? "");
  // What a merge brought in (a rebase writes every commit anew), or what is proposed.
  const landed = (pull: PullRequest): boolean =>
    pull.mergeCommitSha !== null &&
    commitsBetween(repo.network, pull.baseSha, pull.mergeCommitSha).some((one) => one.sha === sha);
  const found = [...repo.pulls.values()].filter(
    (pull) => landed(pull) || pull.headSha === sha || pullCommits(repo, pull).some((one) => one.sha === sha),
  );
  return paged(call, found, (page) => page.map((pull) => pullSimpleShape(call.w, repo, pull)));
}

function compare(call: Call): Answer {
  const { w } = call;
  const repo = repoOf(call);
  const [baseRef, headRef] = (call.params["basehead"] ?? "").split("...", 2).map((part) => part.replace(/^[^:]+:/, ""));
  if (baseRef === undefined || headRef === undefined) throw notFound();
  const [base, head] = [commitAt(repo, baseRef), commitAt(repo, headRef)];
  const middle = mergeBase(repo.network, base.sha, head.sha);
  if (middle === null) throw notFound();
  const ahead = commitsBetween(repo.network, base.sha, head.sha);
  const behind = commitsBetween(repo.network, head.sha, base.sha).length;
  const html = `${repoHtml(w, repo)}/compare/${baseRef}...${headRef}`;
  const commits = paged(call, ahead, (page) => ({
    url: `${repoApi(w, repo)}/compare/${baseRef}...${headRef}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitShape(w, repo, base),
    merge_base_commit: commitShape(w, repo, commitAt(repo, middle)),
    status: ahead.length === 0 ? (behind === 0 ? "identical" : "behind") : behind === 0 ? "ahead" : "diverged",
    ahead_by: ahead.length,
    behind_by: behind,
    total_commits: ahead.length,
    commits: page.map((one) => commitShape(w, repo, one)),
    files: changesBetween(repo.network.commits.get(middle)?.tree ?? EMPTY, head.tree)
      .slice(0, 300)
      .map((file) => fileShape(w, repo, head.sha, file)),
  }));
  return commits;
}

const isProtected = (w: World, repo: Repository, branch: string): boolean => activeRulesets(w, repo, branch).length > 0;

function branch(call: Call): Answer {
  const { w } = call;
  const repo = repoOf(call);
  const name = call.params["branch"] ?? "";
  const sha = repo.branches.get(name);
  if (sha === undefined) throw notFound();
  const self = `${repoApi(w, repo)}/branches/${name}`;
  return ok({
    name,
    commit: commitShape(w, repo, commitAt(repo, sha)),
    _links: { self, html: `${repoHtml(w, repo)}/tree/${name}` },
    protected: isProtected(w, repo, name),
    protection: { enabled: false, required_status_checks: { enforcement_level: "off", contexts: [], checks: [] } },
    protection_url: `${self}/protection`,
  });
}

function branches(call: Call): Answer {
  const repo = repoOf(call);
  const wanted = call.query["protected"];
  const found = [...repo.branches].filter(
    ([name]) => wanted === undefined || isProtected(call.w, repo, name) === (wanted === "true"),
  );
  return paged(call, found, (page) =>
    page.map(([name, sha]) => ({
      name,
      commit: { sha, url: `${repoApi(call.w, repo)}/commits/${sha}` },
      protected: isProtected(call.w, repo, name),
    })),
  );
}

export const commitRoutes: readonly Route[] = [
  { name: "GET /repos/{owner}/{repo}/commits", needs: ["contents", "read"], handle: list },
  {
    name: "GET /repos/{owner}/{repo}/commits/{ref}",
    needs: ["contents", "read"],
    handle: (call) => {
      const repo = repoOf(call);
      return ok(wholeCommitShape(call.w, repo, commitAt(repo, call.params["ref"] ?? "")));
    },
  },
  { name: "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", needs: ["pull_requests", "read"], handle: pulls },
  { name: "GET /repos/{owner}/{repo}/compare/{basehead}", needs: ["contents", "read"], handle: compare },
  { name: "GET /repos/{owner}/{repo}/branches", needs: ["contents", "read"], handle: branches },
  { name: "GET /repos/{owner}/{repo}/branches/{branch}", needs: ["contents", "read"], handle: branch },
];
