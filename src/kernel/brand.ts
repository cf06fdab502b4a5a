// The only file in which `as` appears: a brand is given where a value has been checked, and nowhere else.

declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type TenantId = Brand<string, "TenantId">;
export type EntryId = Brand<string, "EntryId">;
/** A short-lived credential's row. */
export type LeaseId = Brand<string, "LeaseId">;
/** Somebody of a tenant's people; never a GitHub login, which can change hands. */
export type PersonId = Brand<string, "PersonId">;
export type AgentId = Brand<string, "AgentId">;
/** One tool call that an agent asked for. */
export type CallId = Brand<string, "CallId">;
export type ApprovalId = Brand<string, "ApprovalId">;
export type TicketId = Brand<string, "TicketId">;
export type CommitSha = Brand<string, "CommitSha">;
export type BranchName = Brand<string, "BranchName">;
export type RepoName = Brand<string, "RepoName">;
export type RepositoryId = Brand<number, "RepositoryId">;
export type InstallationId = Brand<number, "InstallationId">;
export type AppId = Brand<number, "AppId">;
export type UserId = Brand<number, "UserId">;
export type PrNumber = Brand<number, "PrNumber">;
export type ReviewId = Brand<number, "ReviewId">;
/** `owner/team-slug`, lower case. */
export type TeamName = Brand<string, "TeamName">;
/** Milliseconds since the Unix epoch. GitHub's own resolution is one second. */
export type Instant = Brand<number, "Instant">;
export type Millis = Brand<number, "Millis">;
/** Lower-case hexadecimal SHA-256. */
export type Digest = Brand<string, "Digest">;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
// The owner may be a managed user of an enterprise, whose name ends in _ and a short code.
const REPO = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})\/[A-Za-z0-9._-]{1,100}$/;
const TEAM = /^[a-z0-9](?:[a-z0-9-]{0,38})\/[a-z0-9][a-z0-9._-]{0,99}$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

function positive(n: number): boolean {
  return Number.isSafeInteger(n) && n > 0;
}

export const tenantId = (s: string): TenantId | null => (UUID.test(s) ? (s as TenantId) : null);
export const entryId = (s: string): EntryId | null => (UUID.test(s) ? (s as EntryId) : null);
export const leaseId = (s: string): LeaseId | null => (UUID.test(s) ? (s as LeaseId) : null);
export const personId = (s: string): PersonId | null => (UUID.test(s) ? (s as PersonId) : null);
export const agentId = (s: string): AgentId | null => (UUID.test(s) ? (s as AgentId) : null);
export const callId = (s: string): CallId | null => (UUID.test(s) ? (s as CallId) : null);
export const approvalId = (s: string): ApprovalId | null => (UUID.test(s) ? (s as ApprovalId) : null);
export const ticketId = (s: string): TicketId | null => (UUID.test(s) ? (s as TicketId) : null);
export const commitSha = (s: string): CommitSha | null => (SHA.test(s) ? (s as CommitSha) : null);
export const repoName = (s: string): RepoName | null => (REPO.test(s) ? (s as RepoName) : null);
export const repositoryId = (n: number): RepositoryId | null => (positive(n) ? (n as RepositoryId) : null);
export const installationId = (n: number): InstallationId | null => (positive(n) ? (n as InstallationId) : null);
export const appId = (n: number): AppId | null => (positive(n) ? (n as AppId) : null);
export const userId = (n: number): UserId | null => (positive(n) ? (n as UserId) : null);
export const prNumber = (n: number): PrNumber | null => (positive(n) ? (n as PrNumber) : null);
export const reviewId = (n: number): ReviewId | null => (positive(n) ? (n as ReviewId) : null);
export const millis = (n: number): Millis => n as Millis;

/** The platform's own log: migrations, broken glass, keys, witnesses, alarms. It is no tenant, and is in no list of them (0041_sequencer.sql). */
export const PLATFORM_LOG: TenantId = "00000000-0000-7000-8000-000000000000" as TenantId;

/** Names are compared in lower case: GitHub's are case-insensitive. */
export function teamName(s: string): TeamName | null {
  const lower = s.toLowerCase().replace(/^@/, "");
  return TEAM.test(lower) ? (lower as TeamName) : null;
}

/** A branch without `refs/heads/`. Git's own rule is wider; what is refused here can never be a real branch. */
export function branchName(s: string): BranchName | null {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  const impossible = s.length === 0 || s.length > 1024 || /[\u0000-\u0020\u007f~^:?*[\\]/.test(s);
  return impossible ? null : (s as BranchName);
}

/** RFC 3339 with a zone, as GitHub writes it; anything else is null, never NaN. */
export function instant(s: string): Instant | null {
  if (!RFC3339.test(s)) return null;
  const ms = Date.parse(s);
  return Number.isFinite(ms) ? (ms as Instant) : null;
}

export const instantOfMillis = (ms: number): Instant => ms as Instant;
export const plus = (at: Instant, duration: Millis): Instant => (at + duration) as Instant;
export const iso = (at: Instant): string => new Date(at).toISOString();

const DIGEST = /^[0-9a-f]{64}$/;
export const digest = (s: string): Digest | null => (DIGEST.test(s) ? (s as Digest) : null);
