// GitHub's REST shapes, as far as a decision reads them. Keys that GitHub adds are ignored; a key that is read must be
// there, except where GitHub's own schema says it may be absent.

import { z } from "zod";
import { branchName, commitSha, instant, reviewId, userId } from "#kernel";

/** Refuses what the brand refuses. */
function branded<In, Out>(input: z.ZodType<In>, brand: (value: In) => Out | null, what: string): z.ZodType<Out> {
  return input.transform((value, ctx) => {
    const out = brand(value);
    if (out === null) {
      ctx.addIssue({ code: "custom", message: `not ${what}` });
      return z.NEVER;
    }
    return out;
  });
}

export const sha = branded(z.string(), commitSha, "a commit SHA of 40 or 64 lower-case hexadecimal digits");
export const time = branded(z.string(), instant, "a time such as 2026-01-31T10:00:00Z");
export const branch = branded(z.string(), branchName, "a branch name");
const user = branded(z.number(), userId, "a user id");

const text = z.string().min(1).max(255);

/** `type` may be absent in hand-made documents; then it is looked up among the permissions. */
export const account = z.object({ id: user, login: text, type: text.optional() });
export type RestAccount = z.infer<typeof account>;

/** GitHub shows a deleted account as null or as the reserved login `ghost`: either way it is nobody any more. */
const nobodyOr = account.nullable().transform((a) => (a?.login.toLowerCase() === "ghost" ? null : a));

/** Git's author may map to no account: GitHub sends null, or an empty object. */
const committer = z
  .union([nobodyOr, z.strictObject({}).transform(() => null)])
  .optional()
  .transform((a) => a ?? null);

const repository = z.object({ id: z.int().positive(), full_name: z.string(), default_branch: branch.optional() });

export const pullRequest = z.object({
  number: z.int().positive(),
  state: z.enum(["open", "closed"]),
  // GitHub's schema has `merged` only on a single pull request and `draft` as optional; Enterprise servers without
  // auto-merge have no `auto_merge`.
  merged: z.boolean().optional(),
  merged_at: z.string().nullable().optional(),
  draft: z.boolean().optional(),
  auto_merge: z.unknown().optional(),
  commits: z.int().optional(),
  changed_files: z.int().optional(),
  user: nobodyOr,
  head: z.object({ ref: z.string().min(1), sha, repo: repository.nullable() }),
  base: z.object({ ref: branch, repo: repository }),
});
export type RestPullRequest = z.infer<typeof pullRequest>;

export const sibling = z.object({
  number: z.int().positive(),
  state: z.enum(["open", "closed"]),
  head: z.object({ sha }),
  base: z.object({ ref: branch }),
});

/** A commit id or time that is null, absent or malformed makes the one review not count; it does not hide the others. */
export const review = z.object({
  id: branded(z.number(), reviewId, "a review id"),
  user: nobodyOr,
  state: z
    .string()
    .transform((s) => s.toUpperCase())
    .pipe(z.enum(["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"])),
  commit_id: z
    .unknown()
    .optional()
    .transform((v) => (typeof v === "string" ? commitSha(v) : null)),
  submitted_at: z
    .unknown()
    .optional()
    .transform((v) => (typeof v === "string" ? instant(v) : null)),
});
export type RestReview = z.infer<typeof review>;

const identity = z.object({ email: z.string().nullish() }).nullish();

export const commit = z.object({
  sha,
  author: committer,
  committer,
  commit: z.object({ message: z.string(), author: identity, committer: identity }),
});
export type RestCommit = z.infer<typeof commit>;

const path = z
  .string()
  .min(1)
  .refine((p) => p.isWellFormed(), "not well-formed text");

export const changedFile = z
  .object({ filename: path, previous_filename: path.nullish(), status: z.string().optional() })
  .refine(
    (f) => f.status !== "renamed" || (f.previous_filename ?? null) !== null,
    "a renamed file without its previous_filename",
  );

/**
 * What every event has, read first, so that the shape of an event nobody asks about does not matter. GitHub's schema lets
 * commits and comments on lines leave the name out.
 */
export const timelineEvent = z.union([
  z.object({ event: z.string() }),
  z.object({ event: z.undefined().optional(), sha, parents: z.array(z.unknown()) }),
  z.object({ event: z.undefined().optional(), comments: z.array(z.unknown()) }),
]);
const actor = nobodyOr.optional().transform((a) => a ?? null);
export const forcePush = z.object({ created_at: time, actor });
/** What the review said before it was dismissed; anything else is not known. */
const dismissedState = z.unknown().transform((s) => {
  const state = typeof s === "string" ? s.toUpperCase() : "";
  return state === "APPROVED" || state === "CHANGES_REQUESTED" || state === "COMMENTED" ? state : null;
});
export const dismissal = z.object({
  created_at: time,
  actor,
  dismissed_review: z.object({ review_id: branded(z.number(), reviewId, "a review id"), state: dismissedState }),
});
/** Asked of a person or of a team; of neither is no event that can be understood. */
export const reviewRequest = z
  .object({
    created_at: time,
    requested_reviewer: account.nullable().optional(),
    requested_team: z.unknown().optional(),
  })
  .refine(
    (e) => e.requested_reviewer !== undefined || e.requested_team !== undefined,
    "neither requested_reviewer nor requested_team",
  );
export const baseChange = z.object({ created_at: time });

export const activity = z.object({
  before: sha,
  after: sha,
  ref: z.string(),
  timestamp: time,
  actor: nobodyOr,
});
export type RestActivity = z.infer<typeof activity>;

export const firstSeen = z.object({
  review_id: branded(z.number(), reviewId, "a review id"),
  sha,
  base: branch,
  at: time,
});

export const person = z.object({
  id: user,
  type: text,
  permission: z.enum(["admin", "maintain", "write", "triage", "read", "none"]),
  outside: z.boolean(),
  teams: z.array(z.string()),
});

export const stepUp = z.object({ user: account, head_sha: sha, at: time });

const requiredCheck = z.object({ context: z.string(), integration_id: z.int().nullish() });

export const ruleset = z.object({
  id: z.int(),
  name: z.string().default(""),
  target: z.string().default("branch"),
  enforcement: z.enum(["active", "evaluate", "disabled"]),
  bypass_actors: z.array(z.object({ actor_id: z.int().nullish(), actor_type: z.string() })).nullish(),
  conditions: z
    .object({
      ref_name: z.object({ include: z.array(z.string()), exclude: z.array(z.string()).default([]) }).optional(),
    })
    .nullish(),
  rules: z.array(z.object({ type: z.string(), parameters: z.unknown().optional() })).optional(),
});
export type RestRuleset = z.infer<typeof ruleset>;
export const requiredChecks = z.object({ required_status_checks: z.array(requiredCheck) });

/** The first problem of a value, in one line, without the value itself. */
export function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "not the expected shape";
  const where = issue.path.map(String).join(".");
  const what = issue.message.replace(/^Invalid input: /, "");
  return where === "" ? what : `${where}: ${what}`;
}
