// What leaves on a ticket's account. Room notify takes it in the transaction that decided it, and delivers it.

import type { AgentId, ApprovalId, InstallationId, Instant, Json, RepoName, RepositoryId, TicketId } from "#kernel";
import type { Action } from "./types.ts";

export interface RepositoryPlace {
  readonly id: RepositoryId;
  readonly name: RepoName;
  readonly installation: InstallationId;
}

interface PullNumbers {
  readonly repository: RepositoryId;
  readonly number: number;
}

export type Place =
  | {
      readonly kind: "github";
      readonly repository: RepositoryPlace;
      readonly number: number;
      /** The name of a comment of ours that says what holds now, and is written over; null: this is a new one, of which people hear. */
      readonly board: string | null;
    }
  | {
      readonly kind: "slack";
      readonly team: string;
      readonly channel: string;
      readonly thread: string | null;
      /** The `ts` of a message of ours that this one takes the place of (chat.update); null: it is a new one. */
      readonly rewrites: string | null;
    }
  | { readonly kind: "mail"; readonly to: string; readonly subject: string; readonly answers: readonly string[] }
  | { readonly kind: "webhooks"; readonly event: string; readonly data: Json };

export type Button =
  | { readonly label: string; readonly url: string }
  | { readonly label: string; readonly act: "approve" | "reject"; readonly approval: ApprovalId };

/** Plain words in paragraphs; each channel renders them in its own way. */
export interface Message {
  readonly title: string;
  readonly text: string;
  readonly buttons: readonly Button[];
}

/** `notice`: which of the timer's; null: what a person or an agent said. */
export type About =
  | { readonly kind: "ticket"; readonly ticket: TicketId; readonly epoch: number; readonly notice: Action | null }
  /** What a ticket is, on a pull request's board: only the newest turn is to be said. */
  | { readonly kind: "pull"; readonly ticket: TicketId; readonly pull: PullNumbers; readonly turn: number }
  /** Many notices for one reader in one message (N12); which they are stands with the notices, under this message's key. */
  | { readonly kind: "digest"; readonly key: string; readonly notice: Action }
  /** Its circuit breaker opened: only said while it is open. */
  | { readonly kind: "stopped"; readonly agent: AgentId }
  /** `asked` is only still to be said while it waits, `counted/2` while the second yes is the last one and more are needed; `ended` always is. */
  | {
      readonly kind: "approval";
      readonly approval: ApprovalId;
      readonly moment: "asked" | `counted/${number}` | "ended" | "event";
    };

/** The others are other rooms' to hear of. */
export type OfTickets = Exclude<About, { readonly kind: "approval" | "stopped" }>;
export const isOfTickets = (about: About): about is OfTickets => about.kind !== "approval" && about.kind !== "stopped";

export interface Outgoing {
  /** The provider's idempotency key, unique in a tenant, ever: `ticket/<id>/<epoch>/<kind>/<turn>`, `approval/<id>/asked`. The same again is told once. */
  readonly key: string;
  readonly to: Place;
  readonly message: Message;
  readonly about: About;
  /** Quiet hours: only ever later. null: now. */
  readonly notBefore: Instant | null;
}
