// What a source heard, whatever the channel. A message opens a ticket or lands on one.

import type { Instant, RepositoryId, TicketId } from "#kernel";
import type { Sender } from "./decide.ts";

export const CHANNELS = ["github", "slack", "mail", "api", "cli"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Who wrote it, as far as the channel says. `id` is the channel's own and stable; names and addresses are shown, never compared. */
export interface From {
  readonly name: string;
  readonly address: string | null;
  readonly id: string | null;
}

export interface Heard {
  readonly channel: Channel;
  /**
   * Which conversation of that channel, unique in a tenant: `github:<repository id>#<number>`, `slack:<team>/<channel>/<thread ts>`,
   * `mail:<message id of the first mail>`. null: none, as from the API and the command line.
   */
  readonly conversation: string | null;
  /** Other conversations that it says it answers: a mail's In-Reply-To and References. */
  readonly answers: readonly string[];
  /** The ticket's own number, where it is named: the token `[ACME-7]` in a subject. */
  readonly number: number | null;
  /** The message's own id on its channel, with the channel before it. INVARIANT: heard once, ever. */
  readonly message: string;
  readonly sender: Sender;
  readonly from: From;
  readonly title: string;
  readonly text: string;
  readonly sentAt: Instant;
  /** false: it only lands on a ticket that there is; a comment on an issue without our label opens nothing. */
  readonly opens: boolean;
  readonly repository: RepositoryId | null;
  /**
   * By mail, where addresses are easily guessed and copied: true: of the client's own domain, so it may land wherever it says; false: of
   * nobody known, so it lands only on a ticket that its sender is on already. Absent: the channel itself says who it is.
   */
  readonly vouched?: boolean;
}

/**
 * `known`: it was heard before, or is of ourselves and on record. `taken`: by mail, another sender's message had this id before it: it is
 * heard under another, or by nobody. `nothing`: it opens none, and there is none that it belongs to. `number` is the ticket's, in all but
 * `nothing` and `taken`.
 */
export interface HeardAnswer {
  readonly kind: "opened" | "landed" | "known" | "taken" | "nothing";
  readonly ticket: TicketId | null;
  readonly number: number | null;
}

/** What the source says of one conversation, read just before a ticket would be closed for silence. */
export type Signal =
  /** The newest word of a person of the client's. */
  | { readonly kind: "heard"; readonly at: Instant }
  | { readonly kind: "silent" }
  /** Deleted or moved away where it was: nobody can answer there any more (T24). */
  | { readonly kind: "gone" }
  /** It could not be read: the ticket stays open. */
  | { readonly kind: "unknown"; readonly why: string };
