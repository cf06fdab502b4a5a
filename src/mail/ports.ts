// What this surface needs of the world, and what a mailbox is to it.

import type { Append } from "#audit/io";
import type { Instant } from "#kernel";
import type { Keys } from "#keys/io";
import type { Enqueue } from "#platform/jobs";
import type { Database, TenantTx } from "#platform/postgres";
import type { SourceTickets } from "#tickets/io";

export const MAILBOXES = ["graph", "imap"] as const;
export type MailboxKind = (typeof MAILBOXES)[number];

export const MAIL_SECRETS = [
  "GRAPH_TENANT",
  "GRAPH_CLIENT_ID",
  "GRAPH_CLIENT_SECRET",
  "GRAPH_MAILBOX",
  "IMAP_URL",
  "MAIL_FROM",
  "MAIL_DOMAINS",
] as const;
export type MailSecret = (typeof MAIL_SECRETS)[number];

/** What a mailbox of that kind cannot be without. */
export const NAMES_OF = {
  graph: ["GRAPH_TENANT", "GRAPH_CLIENT_ID", "GRAPH_CLIENT_SECRET", "GRAPH_MAILBOX"],
  imap: ["IMAP_URL"],
} as const satisfies Record<MailboxKind, readonly MailSecret[]>;

export interface Arrived {
  readonly mime: Uint8Array;
  /** It ends where our limit is: the rest is in the mailbox. */
  readonly cut: boolean;
  readonly receivedAt: Instant;
}

/** Asked for one after the other, so that no more than one large mail is held at a time. null: it is not there any more. */
export type Fetch = () => Promise<Arrived | null>;

/** What one look brought. `cursor`: from where the next one goes on. */
export type Looked =
  | { readonly kind: "read"; readonly mails: readonly Fetch[]; readonly cursor: string; readonly more: boolean }
  /** How far it was read is not known there any more (N9). */
  | { readonly kind: "lost" };

/** One look into a mailbox. Throws when it does not answer. */
export type Look = (cursor: string | null, since: Instant) => Promise<Looked>;

export interface Subscribed {
  readonly id: string;
  readonly until: Instant;
}
/** `clientState`: what Microsoft says with each notification. */
export type Subscribe = (asked: {
  readonly before: string | null;
  readonly url: string;
  readonly clientState: string;
  readonly until: Instant;
}) => Promise<Subscribed | null>;

export interface OpenMailbox {
  readonly look: Look;
  /** null: this kind has none. */
  readonly subscribe: Subscribe | null;
}

export interface MailParts {
  readonly database: Database;
  readonly append: Append;
  readonly enqueue: Enqueue;
  readonly keys: Keys;
  readonly tickets: SourceTickets;
  /** Out of the client's sealed environment, for use now; null: not set, or it does not open. */
  readonly secret: (tx: TenantTx, name: MailSecret) => Promise<string | null>;
  /** The client's prefix, in lower case. */
  readonly prefix: (tx: TenantTx) => Promise<string>;
  /** By what is sealed. null: this client has no such mailbox, or what is sealed names none. */
  readonly open: (kind: MailboxKind, sealed: ReadonlyMap<MailSecret, string>) => OpenMailbox | null;
  /** Where Microsoft reaches this server, as https://HOST; null: it does not, and mail is looked for alone. */
  readonly publicUrl: string | null;
  readonly clock: () => number;
}
