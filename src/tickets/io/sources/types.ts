// What sources need of tickets.

import type { TenantTx } from "#platform/postgres";
import type { Tickets } from "../types.ts";

export interface SourceTickets extends Pick<Tickets, "hear"> {
  /** Where a conversation was, nobody can answer any more: its ticket goes on elsewhere, and its owner is told (T24). */
  gone(tx: TenantTx, conversation: string, how: "transferred" | "deleted"): Promise<void>;
}
