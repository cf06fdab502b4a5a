// What the audit log keeps of a decision: the facts exactly as `decide` saw them (there are no patches, bodies or messages
// in Facts), so that anybody can decide again later. fromRecord(toRecord(facts)) decides as facts did.

import { z } from "zod";
import {
  appId,
  branchName,
  commitSha,
  Fault,
  instantOfMillis,
  prNumber,
  repoName,
  repositoryId,
  reviewId,
  teamName,
  userId,
} from "#kernel";
import type { Json } from "#kernel";
import type { Facts } from "./facts.ts";
import { firstProblem } from "./snapshot-shapes.ts";
import type { Verdict } from "./verdict.ts";

const VERSION = 1;

/** The parts of a verdict that must come out the same; the notes' wording may improve. */
export type Outcome = Pick<
  Verdict,
  "decision" | "number" | "headSha" | "baseRef" | "reasons" | "counted" | "rejected" | "approvals" | "awaitsHuman"
>;

export type RecordResult =
  | { readonly kind: "record"; readonly facts: Facts; readonly outcome: Json }
  | { readonly kind: "unusable"; readonly problem: string };

export function outcomeOf(v: Verdict): Outcome {
  const { decision, number, headSha, baseRef, reasons, counted, rejected, approvals, awaitsHuman } = v;
  return { decision, number, headSha, baseRef, reasons, counted, rejected, approvals, awaitsHuman };
}

export function record(facts: Facts, verdict: Verdict): Json {
  return { version: VERSION, facts: toRecord(facts), verdict: toJson(outcomeOf(verdict)) };
}

export function toRecord(facts: Facts): Json {
  return toJson(facts);
}

/** A map becomes a list of pairs, sorted by key: the order in which facts were read leaves no trace. */
export function toJson(value: unknown): Json {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  // A lone surrogate has no UTF-8 form, so no digest.
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return [...value.entries()].toSorted(([a], [b]) => Number(a) - Number(b)).map(toJson);
  if (typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
  throw new Fault("invariant_broken", `facts hold a ${typeof value}, which no record can keep`);
}

function branded<In, Out>(input: z.ZodType<In>, brand: (value: In) => Out | null): z.ZodType<Out> {
  return input.transform((value, ctx) => {
    const out = brand(value);
    if (out !== null) return out;
    ctx.addIssue({ code: "custom", message: "not a possible value" });
    return z.NEVER;
  });
}

const text = z.string();
const sha = branded(text, commitSha);
const branch = branded(text, branchName);
const at = z.int().transform(instantOfMillis);
const user = branded(z.number(), userId);
const review = branded(z.number(), reviewId);
const pull = branded(z.number(), prNumber);
const app = branded(z.number(), appId);
const permission = z.enum(["admin", "maintain", "write", "triage", "read", "none"]);
const account = z.strictObject({ id: user, login: text, type: z.enum(["User", "Bot", "Organization", "Mannequin"]) });
const anyone = account.nullable();

const known = <T>(value: z.ZodType<T>) =>
  z.discriminatedUnion("known", [
    z.strictObject({ known: z.literal(true), value }),
    z.strictObject({ known: z.literal(false), why: text }),
  ]);
const list = <T>(item: z.ZodType<T>) =>
  z.discriminatedUnion("complete", [
    z.strictObject({ complete: z.literal(true), items: z.array(item) }),
    z.strictObject({ complete: z.literal(false), items: z.array(item), why: text }),
  ]);

const person = z.strictObject({
  account,
  permission,
  outsideCollaborator: z.boolean(),
  teams: z.array(branded(text, teamName)),
  serviceAccount: z.boolean(),
});
const actorKind = z.enum(["app", "team", "role", "organization_admin", "deploy_key", "enterprise_owner", "unknown"]);
const ruleset = z.strictObject({
  id: z.int(),
  name: text,
  target: z.enum(["branch", "tag", "push", "repository", "unknown"]),
  enforcement: z.enum(["active", "evaluate", "disabled"]),
  include: z.array(text),
  exclude: z.array(text),
  bypassActors: known(z.array(z.strictObject({ kind: actorKind, id: z.number().nullable() }))),
  pullRequest: z.boolean(),
  requiredChecks: z.array(z.strictObject({ context: text, integrationId: app.nullable() })),
  blocksForcePush: z.boolean(),
  blocksDeletion: z.boolean(),
  restrictsUpdates: z.boolean(),
});
const fileText = known(text.nullable());

const facts: z.ZodType<Facts> = z.lazy(() =>
  z.strictObject({
    now: at,
    appId: app,
    pullRequest: z.strictObject({
      repo: branded(text, repoName),
      number: pull,
      state: z.enum(["open", "closed"]),
      merged: z.boolean(),
      draft: z.boolean(),
      autoMerge: z.boolean(),
      author: anyone,
      headSha: sha,
      headRepositoryId: branded(z.number(), repositoryId).nullable(),
      fork: z.boolean(),
      baseRef: branch,
      defaultBranch: branch,
    }),
    commits: list(
      z.strictObject({
        sha,
        author: anyone,
        committer: anyone,
        coauthors: z.array(account),
        unmappedCoauthors: z.array(text),
      }),
    ),
    files: list(z.strictObject({ path: text, previousPath: text.nullable() })),
    reviews: list(
      z.strictObject({
        id: review,
        author: anyone,
        state: z.enum(["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]),
        commitSha: sha.nullable(),
        submittedAt: at.nullable(),
        editedBy: text.nullable(),
      }),
    ),
    firstSeen: list(z.strictObject({ reviewId: review, sha, baseRef: branch, at })),
    sightings: list(
      z.strictObject({
        source: z.enum(["activity", "force_push", "payload", "opened"]),
        at,
        before: sha.nullable(),
        after: sha.nullable(),
        actor: anyone,
      }),
    ),
    contributions: list(z.strictObject({ user: account, as: z.enum(["author", "contributor", "coauthor", "pusher"]) })),
    dismissals: list(
      z.strictObject({
        reviewId: review,
        actor: anyone,
        at,
        was: z.enum(["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]).nullable().exactOptional(),
      }),
    ),
    reviewRequests: list(z.strictObject({ reviewer: user.nullable(), at })),
    baseChanges: list(at),
    requesters: z.discriminatedUnion("known", [
      z.strictObject({ known: z.literal(true), people: z.array(z.strictObject({ id: user.nullable(), login: text })) }),
      z.strictObject({ known: z.literal(false) }),
    ]),
    stepUps: list(z.strictObject({ account, sha, at })),
    people: z.array(z.tuple([user, known(person)])).transform((pairs) => new Map(pairs)),
    rulesets: list(ruleset),
    policy: z.strictObject({ organization: fileText, defaultBranch: fileText, base: fileText, codeowners: fileText }),
    migrations: z
      .array(
        z.strictObject({
          path: text,
          findings: known(
            z.array(z.strictObject({ line: z.int(), endLine: z.int(), level: z.enum(["failure", "warning"]), text })),
          ),
          more: z.int(),
        }),
      )
      .exactOptional(),
    siblings: list(
      z.strictObject({ number: pull, open: z.boolean(), headSha: sha, baseRef: branch, facts: facts.nullable() }),
    ),
    foreignChecks: list(
      z.strictObject({ kind: z.enum(["check_run", "status"]), appId: app.nullable(), conclusion: text }),
    ),
    holds: list(z.strictObject({ by: account, at, reason: text })).exactOptional(),
    withdrawals: list(z.strictObject({ user, at })).exactOptional(),
  }),
);

const envelope = z.strictObject({ version: z.literal(VERSION), facts, verdict: z.json() });

export function fromRecord(json: unknown): RecordResult {
  const parsed = envelope.safeParse(json);
  if (!parsed.success) return { kind: "unusable", problem: firstProblem(parsed.error) };
  return { kind: "record", facts: parsed.data.facts, outcome: toJson(parsed.data.verdict) };
}
