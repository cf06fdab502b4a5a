// What one case is, and the documents that several begin with.

import { ann, approval, b0, commit, H1, H2, H3, pullRequest, push, t } from "../../gate/b0.ts";
import type { Document } from "../../gate/b0.ts";

export type Case = readonly [
  id: string,
  sentence: string,
  document: Document,
  decision: "pass" | "fail" | "error",
  reason: string,
];

/** H3 was pushed on top of H2 at 10:30, after whatever came before. */
export const moved = (change: Document = {}, by = commit(H3)): Document =>
  b0({
    pull_request: pullRequest({ head: { ref: "agent/fix", sha: H3, repo: { id: 555, full_name: "acme/app" } } }),
    commits: [commit(H1), commit(H2), by],
    activity: [push(H1, H2, t("10:00")), push(H2, H3, t("10:30"))],
    ...change,
  });
export const approved = (change: Document = {}): Document => b0({ reviews: [approval(ann)], ...change });
export const paths = (rule: string, change: Document = {}): Document =>
  approved({ config: `paths: [{match: ["src/**"], ${rule}}]`, ...change });
