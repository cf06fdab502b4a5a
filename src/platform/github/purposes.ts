import type { Purpose } from "./types.ts";

export type TokenPermissions = Readonly<Record<string, "read" | "write">>;

/**
 * What each purpose asks for when its token is minted. INVARIANT: only `merge` holds contents:write, and it reads no
 * organisation. `src/github/app-manifest.ts` must grant every one of these (a test compares them).
 */
export const PURPOSES: Readonly<Record<Purpose, TokenPermissions>> = {
  read: {
    metadata: "read",
    pull_requests: "read",
    contents: "read",
    checks: "read",
    statuses: "read",
    actions: "read",
    administration: "read",
    members: "read",
  },
  /** Apart from `read`: an older Enterprise server knows no merge queue, and refuses whoever asks for it. */
  queue: { metadata: "read", contents: "read", pull_requests: "read", merge_queues: "read" },
  report: { metadata: "read", checks: "write", pull_requests: "write", issues: "write" },
  policy: { metadata: "read", contents: "read" },
  merge: { metadata: "read", contents: "write", pull_requests: "write", workflows: "write" },
};

/**
 * An installation on a person's account has no organisation to read members of, and asking for it is refused with 422.
 * Team facts then stay incomplete, which never passes a rule that needs a team.
 */
export const ORGANISATION_ONLY: readonly string[] = ["members"];
