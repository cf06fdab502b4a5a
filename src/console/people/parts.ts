import type { Approvals } from "#approvals/io";
import type { Append, Spool } from "#audit/io";
import type { Breaker } from "#controls";
import type { Again, Became } from "#gateway/io";
import type { Passkeys } from "#identity/io";
import type { AgentId, ApprovalId, CallId } from "#kernel";
import type { SignIn } from "#platform/github";
import type { Database, TenantClaim, TenantTx } from "#platform/postgres";

/** What the pages for people, and the API under them, are made of. */
export interface PeopleParts {
  readonly db: Database;
  readonly append: Append;
  /** Stopping works while the log takes no entries. */
  readonly spool: Spool;
  /** null: the App's client id and secret are not configured, and nobody can sign in. */
  readonly signIn: SignIn | null;
  readonly passkeys: Passkeys;
  readonly approvals: Pick<Approvals, "read" | "queue" | "decide" | "links">;
  /** What a request is about, read once more before a yes counts: where that has changed, the request is void by then. */
  readonly planAgain: (claim: TenantClaim, approval: ApprovalId) => Promise<Again>;
  /** What came of a call that somebody was asked about; null: it has not ended. */
  readonly became: (tx: TenantTx, call: CallId) => Promise<Became | null>;
  readonly breaker: Pick<Breaker, "open" | "reset">;
  /** The client's agents, for the choice of what to stop. */
  readonly agents: (tx: TenantTx) => Promise<readonly { readonly agent: AgentId; readonly name: string }[]>;
  /** Where browsers reach these pages, without a trailing slash: cookies, forms and passkeys are bound to it. */
  readonly publicUrl: () => string;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}
