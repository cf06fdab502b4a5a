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
  "tenant.installation",
  // The other way round: what we did to one at GitHub.
  "tenant.installation_change",
  "tenant.suspend",
  "tenant.reinstate",
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
  "tenant.certificate",
  "subject.erased",
  "platform.key_rotation",
  "platform.witness",
  "platform.alarm",
  "platform.incarnation",
  // Encryption keys: a tenant's own, and one person's.
  "kek.disable",
  "kek.enable",
  "kek.destroy",
  "kek.rotate",
  // Replaced at once, by two people; and a credential that was revoked where it came from, because of it.
  "kek.break_glass",
  "secret.revoked",
  // Older versions of one, after a rotation.
  "kek.end",
  "tenant.erase.step",
  "tenant.erase.refused",
  "retention.export",
  // People stop agents and start them again; a breaker that opened or was reset; a limit that was set.
  "control.stop",
  "control.resume",
  "control.breaker",
  "control.budget",
  // Somebody was shown a tenant's data, or was about to be.
  "audit.read",
  "audit.export",
  "key.issue",
  "key.revoke",
  "key.rotate",
  "key.use",
  // Agents, and whose they are.
  "agent.add",
  "agent.revoke",
  // People who act on the whole installation; and what needs two of them: asked for, confirmed by another one, done.
  "operator.add",
  "operator.revoke",
  "act.ask",
  "act.confirm",
  "act.take",
  // A client's people, their sessions and what they confirm with.
  "person.add",
  "person.change",
  "person.remove",
  "person.login",
  "person.logout",
  "passkey.add",
  "passkey.remove",
  // Whose account in Slack is whose, by the person's own word; and which workspace is a client's.
  "person.slack",
  "slack.connect",
  // A click in Slack that was not let through to what it was about.
  "slack.refused",
  // A mail that belongs to no ticket and to nobody known: kept aside, let in or dropped by a person.
  "mail.quarantine",
  // A client's own credentials: their names, never their values.
  "secret.set",
  "secret.remove",
  "secret.rotate",
  // A short-lived credential: made, handed out to our own process, ended.
  "lease.mint",
  "lease.redeem",
  "lease.revoke",
  // Of the doer: what it would not believe; and the keys by which it believes.
  "call.execute",
  "doer.signature_rejected",
  "packet_key.rotate",
  "packet_key.revoke",
  // A query of an agent, or of a person as one would, in a tenant's database.
  "sql.select",
  "sql.schema",
  // A call of an agent, at the gateway: what was decided about it, and that it was not carried out.
  "call.verdict",
  "call.refused",
  "audit.intent_open",
  // Of the log as others see it: no quorum of witnesses, and a witness that saw another past.
  "audit.unwitnessed",
  "audit.contradicted",
  "audit.key_rotated",
  // A person is asked, and answers; or nobody does.
  "approval.request",
  "approval.decide",
  "approval.expire",
  "approval.void",
  "approval.publish",
  // Where approvers are told, beside the page.
  "approval.channel",
  "rule.propose",
  // What went out: about to be sent, and what the provider said; and where a client's own systems hear of its tickets.
  "notice.send",
  "webhook.add",
  "webhook.rotate",
  "webhook.disable",
  "webhook.remove",
  // A person accepts that other rules let more calls run by themselves.
  "policy.accept",
  // A ticket: opened, spoken on, moved on, given to somebody, stopped with its client and started again; and how a client's are treated.
  "ticket.open",
  "ticket.message",
  "ticket.state",
  "ticket.own",
  "ticket.link",
  "ticket.trust",
  "ticket.freeze",
  "ticket.thaw",
  "ticket.desk",
  "ticket.clock",
  "calendar.set",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/**
 * What must work when the log does not: it only ever takes power away. Spooled then, and entered when the log is back.
 * Everything else is refused meanwhile.
 */
export const STOP_KINDS = [
  "control.stop",
  "tenant.suspend",
  "key.revoke",
  "agent.revoke",
  "operator.revoke",
  "person.remove",
  "kek.disable",
  // Only from where they stop: a check that is made to fail, a hold, and what is heard (io/stops.ts, gate/io/stop.ts).
  "gate.publish",
  "gate.command",
  "github.delivery",
] as const satisfies readonly EntryKind[];
export type StopKind = (typeof STOP_KINDS)[number];

export const OUTCOMES = ["intent", "success", "failure", "refused", "unknown", "recovered", "not_performed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const PARTY_TYPES = [
  "app",
  "human",
  "agent",
  "operator",
  "person",
  "session",
  "passkey",
  "job",
  "api_key",
  "act",
  "repository",
  "pull_request",
  "check_run",
  "branch",
  "tenant",
  "delivery",
  "entry",
  "log",
  "call",
  "approval",
  "ticket",
] as const;

/** Who or what. `id` is an opaque stable id; names and titles belong into the body, never into the leaf. */
export interface Party {
  readonly type: (typeof PARTY_TYPES)[number];
  readonly id: string;
}

export interface Personal {
  /** A stable id with its kind before it, `github:7` for example. Stored as an HMAC only. */
  readonly subject: string;
  readonly data: Json;
}

/** Where the act stood in a trace (W3C Trace Context), and which tool call it was. */
export interface Trace {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly toolCallId?: string;
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
  /** What was done to the target, where the kind does not say it all. */
  readonly action?: string;
  /** Of the rules that were followed. */
  readonly policyVersion?: string;
  readonly trace?: Trace;
  /** Full payload, sealed under the tenant's own key and kept apart from the leaf, so that it can be erased. */
  readonly body: Json;
  /** What concerns one person, sealed under that person's key: erased with it, without touching anything else. */
  readonly personal?: Personal;
}
