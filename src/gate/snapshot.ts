// One JSON document in GitHub's REST shapes (gate.md 7) made into Facts. Nothing is defaulted: what is absent, marked
// incomplete or malformed becomes an incomplete fact, and what no fact can stand for makes the document unusable.

import { z } from "zod";
import { appId, commitSha, complete, incomplete, instantOfMillis, prNumber, repoName, repositoryId } from "#kernel";
import type { CommitSha, Instant, List } from "#kernel";
import type { Facts, PullRequest, Sibling } from "./facts.ts";
import { directory, toAccount, toCommits } from "./snapshot-accounts.ts";
import { isObject, mapped, openDocument, relying } from "./snapshot-document.ts";
import type { Document, Value } from "./snapshot-document.ts";
import * as history from "./snapshot-history.ts";
import * as people from "./snapshot-people.ts";
import { toRulesets } from "./snapshot-rulesets.ts";
import * as shapes from "./snapshot-shapes.ts";
import type { RestPullRequest } from "./snapshot-shapes.ts";
import type { ErrorCode } from "./verdict.ts";

export type SnapshotResult =
  | { readonly kind: "facts"; readonly facts: Facts }
  | {
      readonly kind: "unusable";
      readonly reason: ErrorCode;
      readonly problems: readonly string[];
      readonly headSha: CommitSha | null;
    };

/** GitHub lists no more than this many commits of a pull request. */
const COMMITS_CAP = 250;

export function parseSnapshot(json: unknown): SnapshotResult {
  return read(json, null);
}

/** `outer`: the decision's clock when this is the snapshot of a sibling; its own siblings are then not looked at. */
function read(json: unknown, outer: Instant | null): SnapshotResult {
  const doc = openDocument(json);
  if (doc.kind === "none") return { kind: "unusable", reason: doc.reason, problems: [doc.why], headSha: headOf(json) };
  const pull = parsed(doc.get("pull_request"), shapes.pullRequest, "pull_request");
  const app = parsed(
    doc.get("app_id"),
    z
      .int()
      .positive()
      .transform((n, ctx) => appId(n) ?? refuse(ctx)),
    "app_id",
  );
  const clock = clockOf(doc);
  const request = pull.kind === "parsed" ? toPullRequest(pull.value) : null;
  const problems = [pull, app, clock].flatMap((p) => (p.kind === "problem" ? [p] : []));
  if (pull.kind !== "parsed" || app.kind !== "parsed" || clock.kind !== "parsed" || request === null) {
    const missing = problems.some((p) => p.missing);
    const sentences =
      problems.length > 0 ? problems.map((p) => p.why) : ["pull_request: base.repo.full_name is not owner/name."];
    return {
      kind: "unusable",
      reason: missing ? "incomplete_facts" : "undecidable",
      problems: sentences,
      headSha: headOf(json),
    };
  }
  return { kind: "facts", facts: assemble(doc, pull.value, request, app.value, outer ?? clock.value, outer !== null) };
}

type Parsed<T> =
  | { readonly kind: "parsed"; readonly value: T }
  | { readonly kind: "problem"; readonly missing: boolean; readonly why: string };

function parsed<T>(found: Value, shape: z.ZodType<T>, key: string): Parsed<T> {
  if (found.kind === "missing") return { kind: "problem", missing: true, why: `${found.why}.` };
  const result = shape.safeParse(found.kind === "value" ? found.value : undefined);
  return result.success
    ? { kind: "parsed", value: result.data }
    : { kind: "problem", missing: false, why: `${key}: ${shapes.firstProblem(result.error)}.` };
}

function refuse(ctx: z.RefinementCtx): never {
  ctx.addIssue({ code: "custom", message: "not an id" });
  return z.NEVER;
}

/** null: the document names no clock. */
function clockOf(doc: Document): Parsed<Instant | null> {
  const found = doc.get("now");
  return found.kind === "absent" ? { kind: "parsed", value: null } : parsed(found, shapes.time, "now");
}

function headOf(json: unknown): CommitSha | null {
  const found = z.object({ pull_request: z.object({ head: z.object({ sha: z.string() }) }) }).safeParse(json);
  return found.success ? commitSha(found.data.pull_request.head.sha) : null;
}

function toPullRequest(rest: RestPullRequest): Omit<PullRequest, "author"> | null {
  const repo = repoName(rest.base.repo.full_name);
  const number = prNumber(rest.number);
  if (repo === null || number === null) return null;
  return {
    repo,
    number,
    state: rest.state,
    merged: rest.merged ?? (rest.merged_at ?? null) !== null,
    draft: rest.draft ?? false,
    autoMerge: (rest.auto_merge ?? null) !== null,
    headSha: rest.head.sha,
    headRepositoryId: rest.head.repo === null ? null : repositoryId(rest.head.repo.id),
    fork: rest.head.repo !== null && rest.head.repo.id !== rest.base.repo.id,
    baseRef: rest.base.ref,
    // Unknown: taken to be the base, which makes the base a production branch. That can only make the verdict stricter.
    defaultBranch: rest.base.repo.default_branch ?? rest.base.ref,
  };
}

function assemble(
  doc: Document,
  pull: RestPullRequest,
  request: Omit<PullRequest, "author">,
  app: Facts["appId"],
  clock: Instant | null,
  nested: boolean,
): Facts {
  const reviews = doc.list("reviews", shapes.review);
  const commits = doc.list("commits", shapes.commit);
  const activity = history.aboutHead(doc.list("activity", shapes.activity), pull);
  const timelineValue = doc.get("timeline");
  const timeline = history.readTimeline(
    doc.list("timeline", shapes.timelineEvent),
    timelineValue.kind === "value" ? timelineValue.value : [],
  );
  const stepUps = doc.list("step_ups", shapes.stepUp);
  const firstSeen = doc.list("first_seen", shapes.firstSeen);
  const permissions = permissionsOf(doc);
  const requesters = requestersOf(doc);
  const who = directory([
    ...people.accountsOf(permissions.value),
    ...[
      pull.user,
      ...reviews.items.map((r) => r.user),
      ...stepUps.items.map((s) => s.user),
      ...history.accountsOf(timeline),
    ].filter((a) => a !== null),
    ...[...activity.items.map((a) => a.actor), ...commits.items.flatMap((c) => [c.author, c.committer])].filter(
      (a) => a !== null,
    ),
  ]);
  const now =
    clock ??
    latest([
      ...reviews.items.map((r) => r.submitted_at),
      ...stepUps.items.map((s) => s.at),
      ...firstSeen.items.map((f) => f.at),
      ...activity.items.map((a) => a.timestamp),
    ]);
  const files = doc.list("files", shapes.changedFile);
  const base = doc.text("config");
  return {
    now,
    appId: app,
    pullRequest: { ...request, author: pull.user === null ? null : toAccount(pull.user, who, "Mannequin") },
    commits: relying(mapped(commits, toCommits(commits.items, who)), [
      atCap(commits.items.length, pull),
      cutShort("commits", commits.items.length, pull.commits),
    ]),
    files: relying(
      mapped(
        files,
        files.items.map((f) => ({ path: f.filename, previousPath: f.previous_filename ?? null })),
      ),
      [cutShort("files", files.items.length, pull.changed_files)],
    ),
    reviews: relying(people.toReviews(reviews, who), [...permissions.why, people.reviewerOfUnknownType(reviews, who)]),
    firstSeen: mapped(
      firstSeen,
      firstSeen.items.map((f) => ({ reviewId: f.review_id, sha: f.sha, baseRef: f.base, at: f.at })),
    ),
    sightings: history.toSightings(timeline, activity, who),
    contributions: relying(history.toContributions(pull, timeline, activity, request.fork, who), [requesters.why]),
    dismissals: history.toDismissals(timeline, who),
    reviewRequests: history.toReviewRequests(timeline),
    baseChanges: history.toBaseChanges(timeline),
    requesters: people.toRequesters(requesters.value, pull.user, permissions.value, who),
    stepUps: mapped(
      stepUps,
      stepUps.items.map((s) => ({ account: toAccount(s.user, who, "Mannequin"), sha: s.head_sha, at: s.at })),
    ),
    people: people.toPeople(permissions.value, who),
    rulesets: toRulesets(doc.list("rulesets", shapes.ruleset)),
    policy: {
      organization: doc.text("org_config"),
      defaultBranch:
        doc.get("default_config").kind === "absent" && request.baseRef === request.defaultBranch
          ? base
          : doc.text("default_config"),
      base,
      codeowners: doc.text("codeowners"),
    },
    siblings: siblingsOf(doc, now, nested),
    foreignChecks: complete([]),
  };
}

/** Without `now` the newest time in the document is the clock: the host's own must not change a verdict (G11). */
function latest(times: readonly (Instant | null)[]): Instant {
  return times.reduce<Instant>((max, at) => (at !== null && at > max ? at : max), instantOfMillis(0));
}

function atCap(count: number, pull: RestPullRequest): string | null {
  const whole = count < COMMITS_CAP || pull.commits === count;
  return whole ? null : `commits: GitHub lists no more than ${COMMITS_CAP}, so there may be others`;
}

/** A list shorter than the pull request's own count was not read to its end. */
function cutShort(key: string, listed: number, counted: number | undefined): string | null {
  const whole = counted === undefined || counted <= listed;
  return whole ? null : `${key}: ${listed} of the ${counted} that the pull request counts are listed`;
}

function permissionsOf(doc: Document): {
  readonly value: people.Permissions;
  readonly why: readonly (string | null)[];
} {
  const entries = parsed(doc.get("permissions"), z.record(z.string(), z.unknown()), "permissions");
  const services = doc.list("service_accounts", z.string());
  return {
    value: {
      entries: entries.kind === "parsed" ? Object.entries(entries.value) : [],
      serviceAccounts: new Set(services.items.map((login) => login.toLowerCase())),
    },
    why: [entries.kind === "problem" ? entries.why : null, services.complete ? null : services.why],
  };
}

function requestersOf(doc: Document): { readonly value: readonly string[] | null; readonly why: string | null } {
  const found = parsed(doc.get("requesters"), z.array(z.string().min(1)).nullable(), "requesters");
  return found.kind === "parsed" ? { value: found.value, why: null } : { value: null, why: found.why };
}

/** `nested`: of a sibling only its own facts are asked. Reading on would cost without end in a hostile document. */
function siblingsOf(doc: Document, now: Instant, nested: boolean): List<Sibling> {
  const list = doc.list("siblings", shapes.sibling);
  const given = nested ? new Map<number, unknown>() : snapshotsByNumber(doc.get("sibling_snapshots"));
  if (typeof given === "string") return incomplete(given);
  let why: string | null = null;
  const items = list.items.flatMap((rest): readonly Sibling[] => {
    const number = prNumber(rest.number);
    if (number === null) return [];
    const sibling = { number, open: rest.state === "open", headSha: rest.head.sha, baseRef: rest.base.ref };
    const snapshot = given.get(rest.number);
    if (snapshot === undefined) return [{ ...sibling, facts: null }];
    const result = read(snapshot, now);
    const facts = result.kind === "facts" ? result.facts : null;
    const same =
      facts?.pullRequest.number === number &&
      facts.pullRequest.headSha === sibling.headSha &&
      facts.pullRequest.baseRef === sibling.baseRef;
    if (!same)
      why ??= `sibling_snapshots: ${result.kind === "unusable" ? (result.problems[0] ?? "unusable") : `the one for #${number} is about another head or base`}`;
    return [{ ...sibling, facts: same ? facts : null }];
  });
  return why === null ? mapped(list, items) : incomplete(why, items);
}

/** Keyed by number, or a plain list of snapshots. */
function snapshotsByNumber(found: Value): ReadonlyMap<number, unknown> | string {
  if (found.kind === "absent") return new Map();
  if (found.kind === "missing") return found.why;
  const numbered = z.object({ pull_request: z.object({ number: z.int() }) });
  if (isObject(found.value)) return new Map(Object.entries(found.value).map(([number, doc]) => [Number(number), doc]));
  if (!Array.isArray(found.value)) return "sibling_snapshots is neither an object keyed by number nor a list";
  const byNumber = new Map<number, unknown>();
  for (const doc of found.value) {
    const parsedNumber = numbered.safeParse(doc);
    if (!parsedNumber.success) return "sibling_snapshots holds what is no snapshot";
    byNumber.set(parsedNumber.data.pull_request.number, doc);
  }
  return byNumber;
}
