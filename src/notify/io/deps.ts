import type { Append } from "#audit/io";
import type { Instant } from "#kernel";
import type { Keys } from "#keys/io";
import type { Database, TenantTx } from "#platform/postgres";
import type { About } from "#tickets";
import type { Carriers, Channel, Receipt } from "../types.ts";

/** What was given up. */
export interface Lost {
  readonly key: string;
  readonly channel: Channel;
  /** A webhook's receiver. */
  readonly receiver: string | null;
}

export type Step = "claimed" | "intended" | "sent" | "received";

export interface NotifyDeps {
  readonly database: Pick<Database, "claimFor" | "withTenant" | "atOnce" | "withPlatform">;
  readonly append: Append;
  readonly keys: Keys;
  readonly carriers: Carriers;
  /** Whether it is still to be said, read just before it is sent: the wait may be over. */
  readonly stands: (tx: TenantTx, about: About) => Promise<boolean>;
  /** In the transaction that records the receipt. */
  readonly onDelivered: (tx: TenantTx, about: About, at: Instant, receipt: Receipt) => Promise<void>;
  /** In the transaction that gives it up. */
  readonly onLost: (tx: TenantTx, about: About, why: string, of: Lost) => Promise<void>;
  /** While it says so, nothing is begun. */
  readonly held?: () => boolean;
  readonly onProblem: (what: string, error: unknown) => void;
  /** Every place between two durable steps. A test stops the process there; everywhere else it is absent. */
  readonly crash?: (step: Step) => void | Promise<void>;
}
