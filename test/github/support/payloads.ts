/** Small payloads in GitHub's shape: only what the documentation says is always there. */

export const H1 = "1".repeat(40);
export const H2 = "2".repeat(40);
export const BASE = "b".repeat(40);

export const ann = { id: 7, login: "ann", type: "User" };
export const agent = { id: 9, login: "agent[bot]", type: "Bot" };
export const repository = { id: 5, full_name: "acme/app", pushed_at: 1_788_000_000 };

const common = { repository, sender: ann, installation: { id: 101 } };

export const pull = {
  number: 1,
  head: { sha: H2 },
  base: { ref: "main" },
  created_at: "2026-09-01T09:00:00Z",
  updated_at: "2026-09-01T10:00:00Z",
  merged: false,
};

export const pullRequest = (action: string, more: object = {}, over: object = {}): object => ({
  ...common,
  action,
  number: 1,
  pull_request: { ...pull, ...over },
  ...more,
});

export const reviewed = (action: string, over: object = {}): object => ({
  ...common,
  action,
  pull_request: pull,
  review: { id: 3, user: ann, commit_id: H2, submitted_at: "2026-09-01T10:05:00Z", state: "approved", ...over },
});

export const push = (ref: string, more: object = {}): object => ({
  ...common,
  ref,
  before: H1,
  after: H2,
  forced: false,
  ...more,
});

export const checkRun = (action: string, over: object = {}, more: object = {}): object => ({
  ...common,
  action,
  check_run: {
    id: 1,
    name: "countersign",
    head_sha: H2,
    app: { id: 4242 },
    conclusion: "success",
    started_at: "2026-09-01T10:00:00Z",
    completed_at: "2026-09-01T10:00:01Z",
    ...over,
  },
  ...more,
});

export const comment = (body: string, over: object = {}, more: object = {}): object => ({
  ...common,
  action: "created",
  issue: { number: 1, pull_request: {} },
  comment: { id: 11, body, user: ann, created_at: "2026-09-01T10:10:00Z", ...over },
  ...more,
});

export const surroundings = (action: string, more: object = {}): object => ({ ...common, action, ...more });
export { common };
