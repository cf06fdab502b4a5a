import type { EntryId, Json } from "#kernel";

/** Closed: prompt-injected content cannot invent a kind (audit.md, case 59). */
export const ENTRY_KINDS = [
  "github.delivery",
  "github.reply",
  "github.redelivery",
  "gate.verdict",
  "gate.publish",
  "gate.merge",
  "gate.refusal",
  "gate.command",
  "gate.incident",
  "gate.revert",
  "tenant.onboard",
  "tenant.bind_installation",
  "platform.migration",
  // The guards of the log itself (migrations/0043_guards.sql).
  "platform.break_glass",
  "platform.guards_expected",
  "platform.guard_drift",
  // What ends: months that are kept elsewhere, a tenant, a person; and what keeps it from ending.
  "retention.drop",
  "tenant.hold",
  "tenant.erase.ordered",
  "tenant.erased",
  "subject.erased",
  // Somebody was shown a tenant's data, or was about to be.
  "audit.read",
  "audit.export",
  "key.issue",
  "key.revoke",
  "key.use",
  "audit.intent_open",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export const OUTCOMES = ["intent", "success", "failure", "refused", "unknown", "recovered", "not_performed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const PARTY_TYPES = [
  "app",
  "human",
  "agent",
  "operator",
  "job",
  "api_key",
  "repository",
  "pull_request",
  "check_run",
  "branch",
  "tenant",
  "delivery",
  "entry",
  "log",
] as const;

/** Who or what. `id` is an opaque stable id; names and titles belong into the body, never into the leaf. */
export interface Party {
  readonly type: (typeof PARTY_TYPES)[number];
  readonly id: string;
}

export interface NewEntry {
  readonly kind: EntryKind;
  readonly outcome: Outcome;
  readonly observer: Party;
  readonly initiator: Party;
  readonly target: Party;
  /** One request id from webhook to row. */
  readonly requestId: string;
  /** The intent that this outcome closes. */
  readonly intent?: EntryId;
  /** Given for idempotence: appending the same id with the same content is one entry, with other content an error. */
  readonly id?: EntryId;
  /** Full payload, kept apart from the leaf so that it can be erased (and, with the audit issue, sealed). */
  readonly body: Json;
}
