import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { egressHosts, rule, type Reach, type Ruling } from "#leases";

const reach = (permissions: Reach["permissions"]): Reach => ({
  permissions,
  repositories: [{ id: 7, name: "acme/shop" }],
});
const reading = reach({ metadata: "read", contents: "read", pull_requests: "read", checks: "read" });
const writing = reach({ metadata: "read", contents: "write", pull_requests: "write", issues: "write" });
const everything = reach(
  Object.fromEntries(
    ["metadata", "contents", "pull_requests", "issues", "checks", "statuses", "actions", "administration"].map(
      (name) => [name, "write"] as const,
    ),
  ),
);
const said = (ruling: Ruling): string => (ruling.kind === "forward" ? ruling.to : ruling.why);

const R = "/api/repos/acme/shop";
const G = "/git/acme/shop.git";

const COVERED: readonly (readonly [string, Reach, string, string, "api" | "git"])[] = [
  ["the repository itself", reading, "GET", R, "api"],
  ["by its id, which a rename does not change", reading, "GET", "/api/repositories/7/pulls/3", "api"],
  ["GitHub's names know no case", reading, "GET", "/api/repos/Acme/SHOP/pulls", "api"],
  ["a file, with an escaped space in its name", reading, "GET", `${R}/contents/docs/read%20me.md?ref=main`, "api"],
  ["a branch with a slash in its name", reading, "GET", `${R}/git/ref/heads/fix/42`, "api"],
  ["check runs of a commit", reading, "GET", `${R}/commits/abc/check-runs?per_page=100`, "api"],
  ["HEAD is a GET", reading, "HEAD", `${R}/commits`, "api"],
  ["a pull request is opened", writing, "POST", `${R}/pulls`, "api"],
  ["write includes read", writing, "GET", `${R}/pulls/3/files`, "api"],
  ["a comment on a pull request, with its permission", reach({ pull_requests: "write" }), "POST", `${R}/issues/3/comments`, "api"],
  ["the same with the permission for issues", reach({ issues: "write" }), "POST", `${R}/issues/3/comments`, "api"],
  ["how many requests are left", reach({}), "GET", "/api/rate_limit", "api"],
  ["git: refs to read", reading, "GET", `${G}/info/refs?service=git-upload-pack`, "git"],
  ["git: fetching", reading, "POST", `${G}/git-upload-pack`, "git"],
  ["git: without .git", reading, "POST", "/git/acme/shop/git-upload-pack", "git"],
  ["git: refs to push", writing, "GET", `${G}/info/refs?service=git-receive-pack`, "git"],
  ["git: pushing", writing, "POST", `${G}/git-receive-pack`, "git"],
]; // prettier-ignore

const NOT_COVERED: readonly (readonly [string, Reach, string, string, string])[] = [
  ["another repository", everything, "GET", "/api/repos/acme/vault", "repository"],
  ["another owner's of the same name", everything, "GET", "/api/repos/globex/shop", "repository"],
  ["another id", everything, "GET", "/api/repositories/8", "repository"],
  ["an id with a zero before it", everything, "GET", "/api/repositories/07", "repository"],
  ["a name that begins like it", everything, "GET", "/api/repos/acme/shop2", "repository"],
  ["another repository through a comparison", everything, "GET", `${R}/compare/main...globex:main`, "repository"],
  ["the same, escaped", everything, "GET", `${R}/compare/main...globex%3Amain`, "repository"],
  ["git: another repository", everything, "GET", "/git/acme/vault.git/info/refs?service=git-upload-pack", "repository"],
  ["writing with a permission to read", reading, "POST", `${R}/git/refs`, "permission"],
  ["what the lease has no permission for", reading, "GET", `${R}/issues`, "permission"],
  ["a permission of a name that objects have", reach({}), "GET", R, "permission"],
  ["git: pushing with a permission to read", reading, "POST", `${G}/git-receive-pack`, "permission"],
  ["git: refs to push with a permission to read", reading, "GET", `${G}/info/refs?service=git-receive-pack`, "permission"],
  ["merging a pull request, with every permission", everything, "PUT", `${R}/pulls/3/merge`, "endpoint"],
  ["merging a branch", everything, "POST", `${R}/merges`, "endpoint"],
  ["approving", everything, "POST", `${R}/pulls/3/reviews`, "method"],
  ["a check run of one's own", everything, "POST", `${R}/check-runs`, "endpoint"],
  ["changing a check run", everything, "PATCH", `${R}/check-runs/1`, "method"],
  ["a status", everything, "POST", `${R}/statuses/abc`, "endpoint"],
  ["branch protection", everything, "PUT", `${R}/branches/main/protection`, "endpoint"],
  ["rulesets", everything, "GET", `${R}/rulesets`, "endpoint"],
  ["hooks", everything, "POST", `${R}/hooks`, "endpoint"],
  ["deploy keys", everything, "POST", `${R}/keys`, "endpoint"],
  ["secrets of Actions", everything, "GET", `${R}/actions/secrets`, "endpoint"],
  ["starting a workflow", everything, "POST", `${R}/actions/workflows/ci.yml/dispatches`, "endpoint"],
  ["running a workflow again", everything, "POST", `${R}/actions/runs/1/rerun`, "endpoint"],
  ["removing a branch", everything, "DELETE", `${R}/git/refs/heads/main`, "method"],
  ["moving a tag", everything, "PATCH", `${R}/git/refs/tags/v1`, "endpoint"],
  ["removing the repository", everything, "DELETE", R, "method"],
  ["GraphQL, whose bodies nobody here reads", everything, "POST", "/api/graphql", "endpoint"],
  ["its own token", everything, "DELETE", "/api/installation/token", "endpoint"],
  ["a token of the App's", everything, "POST", "/api/app/installations/1/access_tokens", "endpoint"],
  ["an organisation", everything, "GET", "/api/orgs/acme/members", "endpoint"],
  ["a search over everything", everything, "GET", "/api/search/code?q=x", "endpoint"],
  ["gists", everything, "GET", "/api/gists", "endpoint"],
  ["OPTIONS", everything, "OPTIONS", R, "method"],
  ["TRACE", everything, "TRACE", R, "method"],
  ["a method in lower case", everything, "get", R, "method"],
  ["git: the dumb protocol", everything, "GET", `${G}/HEAD`, "endpoint"],
  ["git: objects", everything, "GET", `${G}/objects/info/packs`, "endpoint"],
  ["git: refs without a service", everything, "GET", `${G}/info/refs`, "endpoint"],
  ["git: another service", everything, "GET", `${G}/info/refs?service=git-upload-archive`, "endpoint"],
  ["git: a service that objects have", everything, "POST", `${G}/constructor`, "endpoint"],
  ["git: two services", everything, "GET", `${G}/info/refs?service=git-upload-pack&service=git-receive-pack`, "endpoint"],
  ["git: a service with a query", everything, "POST", `${G}/git-upload-pack?x=1`, "endpoint"],
  ["git: pushing by GET", everything, "GET", `${G}/git-receive-pack`, "method"],
  ["git: large files", everything, "POST", `${G}/info/lfs/objects/batch`, "endpoint"],
  ["no door", everything, "GET", "/repos/acme/shop", "endpoint"],
  ["nothing", everything, "GET", "/", "endpoint"],
]; // prettier-ignore

const TRICKS: readonly (readonly [string, string])[] = [
  ["..", `${R}/../vault`],
  [". in the middle", `${R}/./pulls`],
  [".. at the end", `${R}/contents/..`],
  ["%2e%2e", `${R}/contents/%2e%2e/%2e%2e/vault`],
  ["%2E.", `${R}/contents/%2E./x`],
  ["%2f in a name", "/api/repos/acme%2fshop/pulls"],
  ["%2F in a path", `${R}/contents/a%2F..%2F..%2Fvault`],
  ["%5c", `${R}/contents/..%5c..%5cvault`],
  ["a backslash", `${R}/contents/..\\..\\vault`],
  ["encoded twice", `${R}/contents/%252e%252e/x`],
  ["//", `/api//repos/acme/shop`],
  ["// at the front", `//api.github.com/repos/acme/shop`],
  ["// at the end", `${R}//`],
  ["a slash at the end", `${R}/`],
  ["the absolute form", "http://api.github.com/repos/acme/shop"],
  ["the absolute form to elsewhere", "http://evil.example/repos/acme/shop"],
  ["an authority", "api.github.com:443"],
  ["*", "*"],
  ["nothing at all", ""],
  ["NUL", `${R}/contents/%00`],
  ["a line break", `${R}/contents/%0d%0aHost:x`],
  ["a line break in the query", `${R}/pulls?x=%0D%0AHost:x`],
  ["a fragment", `${R}#/../vault`],
  ["a user", `/api@evil.example/repos/acme/shop`],
  ["not ASCII", `${R}/contents/ä`],
  ["half an escape", `${R}/contents/%4`],
  ["an escape in lower case, which some servers write anew", `${R}/contents/%c3%a4`],
  ["..;, which some servers take for ..", `${R}/contents/..;/..;/vault`],
  [".;x=1", `${R}/contents/.;x=1/a`],
  ["..%3B", `${R}/contents/..%3B/a`],
  ["a dot in too many bytes", `${R}/contents/%C0%AE%C0%AE/vault`],
  ["another credential in the query", `${R}/pulls?access_token=x`],
  ["another method in the query", `${R}/pulls?_method=DELETE`],
  ["another method, escaped", `${R}/pulls?%5Fmethod=DELETE`],
  ["another credential, escaped", `${R}/pulls?a=1&%61ccess_token=x`],
  ["another credential as a list", `${R}/pulls?client_id%5b%5D=x`],
  ["another credential in brackets", `${R}/pulls?%5Baccess_token%5D=x`],
  ["another credential after a semicolon", `${R}/pulls?a=1;access_token=x`],
  ["endless", `${R}/contents/${"a".repeat(5000)}`],
]; // prettier-ignore

describe("X14 what a lease covers goes on, byte for byte", () => {
  it.each(COVERED)("%s", (_, given, method, target, to) => {
    const door = `/${to}`;
    expect(rule(given, method, target)).toEqual({ kind: "forward", to, target: target.slice(door.length) });
  });
});

describe("X14 fail closed: whatever is not in the table is refused", () => {
  it.each(NOT_COVERED)("%s", (_, given, method, target, why) => {
    expect(said(rule(given, method, target))).toBe(why);
  });

  it.each(TRICKS)("with every permission: %s", (_, target) => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "CONNECT"])
      expect(["target", "endpoint", "repository"]).toContain(said(rule(everything, method, target)));
  });

  it("the log of a job, which lies at another host: with its permission, and by reading", () => {
    const log = `${R}/actions/jobs/7/logs`;
    const actions = reach({ actions: "read" });
    expect(rule(actions, "GET", log)).toEqual({ kind: "forward", to: "stored", target: log.slice("/api".length) });
    expect(said(rule(reading, "GET", log))).toBe("permission");
    expect(said(rule(everything, "DELETE", log))).toBe("method");
    // What else GitHub answers with an address elsewhere: archives, artifacts, logs of whole runs.
    for (const other of ["tarball/main", "zipball/main", "actions/artifacts/7/zip", "actions/runs/7/logs"])
      expect(said(rule(everything, "GET", `${R}/${other}`)), other).toBe("endpoint");
  });

  it("a lease without repositories reaches none, one without permissions does nothing", () => {
    for (const [, , method, target] of COVERED) {
      if (target === "/api/rate_limit") continue;
      expect(said(rule({ ...everything, repositories: [] }, method, target))).toBe("repository");
      expect(said(rule(reach({}), method, target))).toBe("permission");
    }
  });

  it("of any text: what goes on names the one repository, and no URL parser makes anything else of it", () => {
    const part = fc.constantFrom("repos", "repositories", "acme", "shop", "7", "8", "vault", "pulls", "contents", "..", ".", "", "%2e%2e", "%2f", "\\", "shop.git", "info", "refs", "git-upload-pack", "x;y", "@", ":"); // prettier-ignore
    const target = fc
      .tuple(fc.constantFrom("/api/", "/git/", "/", "//", "http://x/"), fc.array(part, { maxLength: 8 }))
      .map(([head, parts]) => head + parts.join("/"));
    fc.assert(
      fc.property(fc.constantFrom("GET", "POST", "PUT"), target, (method, asked) => {
        const ruling = rule(everything, method, asked);
        if (ruling.kind === "refused") return;
        expect(new URL(`https://host${ruling.target}`).pathname).toBe(ruling.target.split("?")[0]);
        expect(ruling.target).toMatch(
          /^\/(?:repos\/acme\/shop|repositories\/7|acme\/shop(?:\.git)?)(?:\/|$)|^\/(?:rate_limit|installation\/repositories)$/,
        );
      }),
      { numRuns: 5000 },
    );
  });
});

it.each([
  ["https://api.github.com", "https://api.github.com", "https://github.com"],
  ["https://github.example.com/api/v3/", "https://github.example.com/api/v3", "https://github.example.com"],
  ["https://api.acme.ghe.com", "https://api.acme.ghe.com", "https://acme.ghe.com"],
  ["http://127.0.0.1:4000", "http://127.0.0.1:4000", "http://127.0.0.1:4000"],
  ["https://api.example.com/api/v3", "https://api.example.com/api/v3", "https://api.example.com"],
])("%s: where its repositories are", (given, api, git) => {
  expect(egressHosts(given)).toEqual({ api, git });
});
