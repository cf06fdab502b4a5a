// What this surface needs of the world.

import type { Clicked, ClickAnswer } from "#approvals";
import type { Append } from "#audit/io";
import type { Instant, TenantId } from "#kernel";
import type { Keys } from "#keys/io";
import type { Enqueue } from "#platform/jobs";
import type { Database, TenantTx } from "#platform/postgres";
import type { Signal } from "#tickets";
import type { SourceTickets } from "#tickets/io";

/** What Slack is asked, with the client's own token. */
export interface SlackWeb {
  /** A display name; null: it cannot be had. */
  nameOf(token: string, user: string): Promise<string | null>;
  /** The first message of a thread, once: `key` is looked for among the newest before it is posted. */
  begin(
    token: string,
    asked: { readonly channel: string; readonly text: string; readonly key: string; readonly since: Instant },
  ): Promise<{ readonly kind: "begun"; readonly ts: string } | { readonly kind: "refused"; readonly why: string }>;
  /** Every word in a thread since then, or what is known of it instead. */
  replies(
    token: string,
    asked: { readonly channel: string; readonly thread: string; readonly since: Instant },
  ): Promise<
    | { readonly kind: "words"; readonly words: readonly { readonly ts: string; readonly user: string | null }[] }
    | Extract<Signal, { kind: "gone" | "unknown" }>
  >;
  /** Words for whoever asked, and for nobody else. Never fails: they are a courtesy. */
  answer(responseUrl: string, text: string): Promise<void>;
}

export interface SlackParts {
  readonly database: Database;
  readonly append: Append;
  readonly enqueue: Enqueue;
  readonly keys: Keys;
  readonly tickets: SourceTickets;
  readonly web: SlackWeb;
  /** Out of the client's sealed environment, for use now; null: not set, or it does not open. */
  readonly secret: (tx: TenantTx, name: "SLACK_SIGNING_SECRET" | "SLACK_BOT_TOKEN") => Promise<string | null>;
  /** The room of approvals: whether whoever clicked may, and what they hear. */
  readonly clicked: (tx: TenantTx, click: Clicked) => Promise<ClickAnswer>;
  /** The client's prefix, in lower case. */
  readonly prefix: (tx: TenantTx) => Promise<string>;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
  readonly onArrival?: (arrival: SlackArrival) => void;
}

/** For the log. Carries no payload. */
export interface SlackArrival {
  readonly tenant: TenantId | null;
  readonly kind: "stored" | "repeated" | "refused" | "not_stored";
  readonly what: "events" | "commands" | "actions";
  readonly why: string | null;
}
