// Baseline B0 of the design's case table as a snapshot document in GitHub's REST shapes. Each case changes only what it names.

export const H1 = "1".repeat(40);
export const H2 = "2".repeat(40);
export const H3 = "3".repeat(40);
export const APP_ID = 4242;

export interface User {
  readonly login: string;
  readonly id: number;
  readonly type: string;
}
const user = (id: number, login: string, type = "User"): User => ({ login, id, type });

export const ann = user(1, "ann");
export const bob = user(2, "bob");
export const adm = user(3, "adm");
export const ro = user(4, "ro");
export const tri = user(5, "tri");
export const out = user(6, "out");
export const svc = user(7, "svc");
export const req = user(8, "req");
export const agent = user(100, "agent[bot]", "Bot");
export const actions = user(41898282, "github-actions[bot]", "Bot");

export type Document = Record<string, unknown>;

/** A time on the day of the case table; `hms` as `10:05` or `10:00:17`. */
export const t = (hms: string): string => `2026-08-10T${hms.length === 5 ? `${hms}:00` : hms}Z`;

let reviewCounter = 0;
export function review(
  by: User | null,
  state: string,
  commit: string | null,
  at: string,
  id = ++reviewCounter + 1000,
): Document {
  return {
    id,
    node_id: `PRR_${id}`,
    user: by,
    body: "looks good",
    state,
    commit_id: commit,
    submitted_at: at,
    html_url: "https://github.example/r",
    author_association: "MEMBER",
  };
}
export const approval = (by: User | null, commit: string | null = H2, at = t("10:05"), id?: number): Document =>
  review(by, "APPROVED", commit, at, id);

export function commit(
  sha: string,
  change: { author?: User | null; committer?: User | null; message?: string; email?: string } = {},
): Document {
  const { author = agent, committer = agent, message = "fix: round half up", email = "agent@example.com" } = change;
  const signature = { name: "Agent", email, date: t("09:59") };
  return {
    sha,
    commit: { author: signature, committer: signature, message, verification: { verified: false } },
    author,
    committer,
    parents: [{ sha: H1 }],
  };
}

const repository = {
  id: 555,
  name: "app",
  full_name: "acme/app",
  fork: false,
  default_branch: "main",
  owner: { login: "acme", id: 9, type: "Organization" },
};

export function pullRequest(change: Document = {}): Document {
  return {
    id: 9001,
    number: 1,
    state: "open",
    title: "Round half up",
    body: "",
    draft: false,
    merged: false,
    merged_at: null,
    auto_merge: null,
    locked: false,
    user: agent,
    created_at: t("09:00"),
    updated_at: t("10:05"),
    head: { label: "acme:agent/fix", ref: "agent/fix", sha: H2, user: agent, repo: repository },
    base: { label: "acme:main", ref: "main", sha: "b".repeat(40), user: agent, repo: repository },
    ...change,
  };
}

export const push = (
  before: string,
  after: string,
  at: string,
  actor: User | null = agent,
  change: Document = {},
): Document => ({
  id: 1,
  node_id: "PSH_1",
  before,
  after,
  ref: "refs/heads/agent/fix",
  timestamp: at,
  activity_type: "push",
  actor,
  ...change,
});

export const person = (who: User, permission: string, change: Document = {}): Document => ({
  id: who.id,
  type: who.type,
  permission,
  outside: false,
  teams: [],
  ...change,
});

export function ruleset(change: Document = {}): Document {
  return {
    id: 77,
    name: "production",
    target: "branch",
    source_type: "Repository",
    source: "acme/app",
    enforcement: "active",
    bypass_actors: [],
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    rules: [
      { type: "deletion" },
      { type: "non_fast_forward" },
      { type: "pull_request", parameters: { required_approving_review_count: 0 } },
      {
        type: "required_status_checks",
        parameters: {
          strict_required_status_checks_policy: false,
          required_status_checks: [{ context: "countersign", integration_id: APP_ID }],
        },
      },
    ],
    ...change,
  };
}

export function b0(change: Document = {}): Document {
  return {
    pull_request: pullRequest(),
    reviews: [],
    commits: [commit(H1), commit(H2)],
    files: [
      {
        sha: "f".repeat(40),
        filename: "src/round.ts",
        status: "modified",
        additions: 1,
        deletions: 1,
        changes: 2,
        patch: "@@ -1 +1 @@",
      },
    ],
    permissions: {
      ann: person(ann, "write"),
      bob: person(bob, "write"),
      adm: person(adm, "admin"),
      ro: person(ro, "read"),
      tri: person(tri, "triage"),
      out: person(out, "write", { outside: true }),
      svc: person(svc, "write"),
      req: person(req, "write"),
      "agent[bot]": person(agent, "write"),
    },
    timeline: [],
    activity: [push("0".repeat(40), H1, t("09:00")), push(H1, H2, t("10:00"))],
    first_seen: [],
    requesters: ["req"],
    service_accounts: ["svc"],
    siblings: [],
    rulesets: [ruleset()],
    app_id: APP_ID,
    config: null,
    codeowners: null,
    ...change,
  };
}

export const seen = (reviewId: number, sha = H2, at = t("10:05"), base = "main"): Document => ({
  review_id: reviewId,
  sha,
  base,
  at,
});

export function without(document: Document, key: string): Document {
  const { [key]: _, ...rest } = document;
  return rest;
}
