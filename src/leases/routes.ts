// What a lease's permissions open in one repository, route by route. Reviewed data: what is not here is refused.
// Permissions as in https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps

type Level = "read" | "write";
type Permission = "metadata" | "contents" | "pull_requests" | "issues" | "checks" | "statuses" | "actions";

/** Any one of the permissions is enough, as at GitHub. `*` is one part of a path, `**` one or more. */
type Row = readonly [method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE", path: string, ...Permission[]];

/**
 * INVARIANT: what decides about a change is never here, whatever a lease's permissions: merging (a pull request or a branch),
 * reviews (an approval), check runs and statuses (they would be the App's own, hence the gate's), branch protection, dispatching
 * and re-running workflows, deleting refs. The merge gate merges, and people review.
 */
const ROWS: readonly Row[] = [
  ["GET", "", "metadata"],
  ["GET", "languages", "metadata"],
  ["GET", "topics", "metadata"],
  ["GET", "contributors", "metadata"],

  ["GET", "branches", "contents"],
  ["GET", "branches/*", "contents"],
  ["GET", "tags", "contents"],
  ["GET", "commits", "contents"],
  ["GET", "commits/*", "contents"],
  ["GET", "compare/**", "contents"],
  ["GET", "contents", "contents"],
  ["GET", "contents/**", "contents"],
  ["GET", "readme", "contents"],
  ["GET", "readme/**", "contents"],
  ["GET", "releases", "contents"],
  ["GET", "releases/*", "contents"],
  ["GET", "git/ref/**", "contents"],
  ["GET", "git/matching-refs/**", "contents"],
  ["GET", "git/trees/*", "contents"],
  ["GET", "git/blobs/*", "contents"],
  ["GET", "git/commits/*", "contents"],
  ["GET", "git/tags/*", "contents"],
  ["POST", "git/blobs", "contents"],
  ["POST", "git/trees", "contents"],
  ["POST", "git/commits", "contents"],
  ["POST", "git/refs", "contents"],
  ["PATCH", "git/refs/heads/**", "contents"],
  ["PUT", "contents/**", "contents"],
  ["DELETE", "contents/**", "contents"],

  ["GET", "pulls", "pull_requests"],
  ["GET", "pulls/*", "pull_requests"],
  ["GET", "pulls/*/files", "pull_requests"],
  ["GET", "pulls/*/commits", "pull_requests"],
  ["GET", "pulls/*/reviews", "pull_requests"],
  ["GET", "pulls/*/reviews/*/comments", "pull_requests"],
  ["GET", "pulls/*/comments", "pull_requests"],
  ["GET", "pulls/*/requested_reviewers", "pull_requests"],
  ["GET", "commits/*/pulls", "pull_requests"],
  ["POST", "pulls", "pull_requests"],
  ["PATCH", "pulls/*", "pull_requests"],
  ["POST", "pulls/*/comments", "pull_requests"],
  ["POST", "pulls/*/comments/*/replies", "pull_requests"],
  ["POST", "pulls/*/requested_reviewers", "pull_requests"],

  ["GET", "issues", "issues"],
  ["GET", "issues/*", "issues", "pull_requests"],
  ["GET", "issues/*/comments", "issues", "pull_requests"],
  ["GET", "issues/*/labels", "issues", "pull_requests"],
  ["GET", "issues/*/timeline", "issues", "pull_requests"],
  ["GET", "labels", "issues", "pull_requests"],
  ["POST", "issues", "issues"],
  ["PATCH", "issues/*", "issues"],
  ["POST", "issues/*/comments", "issues", "pull_requests"],
  ["PATCH", "issues/comments/*", "issues", "pull_requests"],
  ["POST", "issues/*/labels", "issues", "pull_requests"],

  ["GET", "commits/*/check-runs", "checks"],
  ["GET", "commits/*/check-suites", "checks"],
  ["GET", "check-runs/*", "checks"],
  ["GET", "check-runs/*/annotations", "checks"],
  ["GET", "check-suites/*/check-runs", "checks"],
  ["GET", "commits/*/status", "statuses"],
  ["GET", "commits/*/statuses", "statuses"],

  ["GET", "actions/runs", "actions"],
  ["GET", "actions/runs/*", "actions"],
  ["GET", "actions/runs/*/jobs", "actions"],
  ["GET", "actions/jobs/*", "actions"],
  ["GET", "actions/jobs/*/logs", "actions"],
  ["GET", "actions/workflows", "actions"],
];

/**
 * What GitHub keeps at another host: it answers with an address there, which is itself a credential. INVARIANT: the proxy goes there, once and
 * with nothing of the lease's, and shows nobody the address (`io/egress/stored.ts`).
 */
const STORED: ReadonlySet<string> = new Set(["actions/jobs/*/logs"]);

export interface Route {
  readonly method: string;
  readonly matches: (below: string) => boolean;
  readonly level: Level;
  /** Any of them. */
  readonly permissions: readonly string[];
  readonly stored: boolean;
}

/** The routes below one repository. */
export const ROUTES: readonly Route[] = ROWS.map(([method, path, ...permissions]) => {
  const parts = path.split("/").map((part) => (part === "**" ? ".+" : part === "*" ? "[^/]+" : part));
  const pattern = new RegExp(`^${parts.join("/")}$`);
  return {
    method,
    matches: (below) => pattern.test(below),
    level: method === "GET" ? "read" : "write",
    permissions,
    stored: STORED.has(path),
  };
});
