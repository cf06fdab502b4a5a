import { stamp } from "../model/clock.ts";
import { findAccount, fullName, living, orGhost, rulesetsOf } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import { activeRulesets } from "../model/rules.ts";
import { permissionOf } from "../model/permission.ts";
import type { Tree } from "../model/git.ts";
import type { Permission } from "../model/organisations.ts";
import { userOrNull, userShape } from "../shapes/accounts.ts";
import { entryOf } from "../model/entries.ts";
import { contentShape } from "../shapes/contents.ts";
import { fullRepositoryShape } from "../shapes/repositories.ts";
import { rulesetListShape, rulesetShape } from "../shapes/rulesets.ts";
import { allows, type Answer, type Call, notFound, ok, paged, repoOf, type Route } from "./route.ts";

/** The older word that stands beside the role's own name. */
const LEGACY: Readonly<Record<Permission, string>> = {
  admin: "admin",
  maintain: "write",
  write: "write",
  triage: "read",
  read: "read",
  none: "none",
};

function permission(call: Call): Answer {
  const { w } = call;
  const repo = repoOf(call);
  const who = findAccount(w, call.params["username"] ?? "");
  if (who === undefined) throw notFound();
  const has = permissionOf(w, repo, who.id);
  return ok({ permission: LEGACY[has], role_name: has, user: { ...userShape(w, who), role_name: has } });
}

/** Newest first. `ref` with or without `refs/heads/`; the cursor of the next page is the last id shown. */
function activity(call: Call): Answer {
  const { w, query } = call;
  const repo = repoOf(call);
  if (w.knobs.forkActivityHidden && repo.forkOf !== null) throw notFound();
  const ref = query["ref"] === undefined ? undefined : `refs/heads/${query["ref"].replace(/^refs\/heads\//, "")}`;
  const size = Math.min(100, Number(query["per_page"] ?? 30) || 30);
  const after = query["after"] === undefined ? Infinity : Number(query["after"]);
  const found = repo.activity
    .filter((one) => (ref === undefined || one.ref === ref) && one.id < after)
    .filter((one) => query["activity_type"] === undefined || one.type === query["activity_type"])
    .toReversed();
  const page = found.slice(0, size);
  const next = new URL(call.url);
  next.searchParams.set("after", String(page.at(-1)?.id ?? 0));
  return {
    status: 200,
    body: page.map((one) => ({
      id: one.id,
      node_id: nodeId("PSH", one.id),
      before: one.before,
      after: one.after,
      ref: one.ref,
      timestamp: stamp(one.at),
      activity_type: one.type,
      actor: userOrNull(w, living(w, one.actorId)),
    })),
    ...(found.length > size ? { headers: { link: `<${next.toString()}>; rel="next"` } } : {}),
  };
}

function rulesets(call: Call): Answer {
  const repo = repoOf(call);
  const all = call.query["includes_parents"] === "false" ? repo.rulesets : rulesetsOf(call.w, repo);
  return paged(call, all, (page) => page.map((one) => rulesetListShape(call.w, one)));
}

function ruleset(call: Call): Answer {
  const repo = repoOf(call);
  const found = rulesetsOf(call.w, repo).find((one) => one.id === Number(call.params["ruleset_id"]));
  if (found === undefined) throw notFound();
  const shown =
    call.caller.kind === "installation" &&
    allows(call.caller.token, "administration", "read") &&
    !call.w.knobs.bypassActorsHidden;
  return ok(rulesetShape(call.w, found, shown));
}

function branchRules(call: Call): Answer {
  const repo = repoOf(call);
  const rules = activeRulesets(call.w, repo, call.params["branch"] ?? "").flatMap((one) => {
    const { source, source_type } = rulesetListShape(call.w, one);
    return one.rules.map((rule) => ({
      ...rule,
      ruleset_source_type: source_type,
      ruleset_source: source,
      ruleset_id: one.id,
    }));
  });
  return paged(call, rules);
}

const PERIOD: Readonly<Record<string, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_678_400_000,
};

function ruleSuites(call: Call): Answer {
  const { w, query } = call;
  const repo = repoOf(call);
  const since = w.now() - (PERIOD[query["time_period"] ?? "day"] ?? 86_400_000);
  const ref = query["ref"]?.replace(/^(?:refs\/heads\/)?/, "refs/heads/");
  const wanted = query["rule_suite_result"] ?? "all";
  const found = repo.ruleSuites
    .filter(
      (one) =>
        one.pushedAt >= since && (ref === undefined || one.ref === ref) && (wanted === "all" || one.result === wanted),
    )
    .toReversed();
  return paged(call, found, (page) =>
    page.map((one) => ({
      id: one.id,
      actor_id: one.actorId,
      actor_name: orGhost(w, one.actorId).login,
      before_sha: one.before,
      after_sha: one.after,
      ref: one.ref,
      repository_id: repo.id,
      repository_name: fullName(w, repo).split("/")[1],
      pushed_at: stamp(one.pushedAt),
      result: one.result,
    })),
  );
}

/** GitHub answers a link with what it points to, under the link's own path. */
function followed(tree: Tree | undefined, path: string): string | undefined {
  const kept = tree?.get(path);
  if (kept === undefined || entryOf(kept).mode !== "120000") return kept;
  const target = new URL(entryOf(kept).bytes.toString(), `file:///${path}`).pathname.slice(1);
  return tree?.get(target) ?? kept;
}

function contents(call: Call): Answer {
  const repo = repoOf(call);
  const path = call.params["path"] ?? "";
  const ref = call.query["ref"] ?? repo.defaultBranch;
  const sha = repo.branches.get(ref.replace(/^refs\/heads\//, "")) ?? ref;
  const tree = repo.network.commits.get(sha)?.tree;
  const text = followed(tree, path);
  if (text === undefined) throw notFound();
  if (call.accept.includes("raw"))
    return { status: 200, body: text, headers: { "content-type": "application/vnd.github.raw+json; charset=utf-8" } };
  return ok(contentShape(call.w, repo, { path, text, ref }));
}

export const repositoryRoutes: readonly Route[] = [
  {
    name: "GET /repos/{owner}/{repo}",
    needs: ["metadata", "read"],
    handle: (call) => ok(fullRepositoryShape(call.w, repoOf(call))),
  },
  {
    name: "GET /repos/{owner}/{repo}/collaborators/{username}/permission",
    needs: ["metadata", "read"],
    handle: permission,
  },
  { name: "GET /repos/{owner}/{repo}/activity", needs: ["contents", "read"], handle: activity },
  { name: "GET /repos/{owner}/{repo}/rulesets", needs: ["metadata", "read"], handle: rulesets },
  { name: "GET /repos/{owner}/{repo}/rulesets/rule-suites", needs: ["administration", "read"], handle: ruleSuites },
  { name: "GET /repos/{owner}/{repo}/rulesets/{ruleset_id}", needs: ["metadata", "read"], handle: ruleset },
  { name: "GET /repos/{owner}/{repo}/rules/branches/{branch}", needs: ["metadata", "read"], handle: branchRules },
  { name: "GET /repos/{owner}/{repo}/contents/{path}", needs: ["contents", "read"], handle: contents },
];
