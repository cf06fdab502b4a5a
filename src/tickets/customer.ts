// Who may be written to about a ticket, and when: what the gateway asks people about, and the doer looks at once more.

import { iso } from "#kernel";
import type { TicketWhole } from "./view.ts";

/** INVARIANT: one address, of whoever the ticket is for, as its first mail had it. null: nobody of the customer's wrote by mail. */
export const customerAddress = ({ customer }: Pick<TicketWhole, "customer">): string | null =>
  customer?.address ?? null;

/** What has shipped, in a sentence. null: nothing has, and there is nothing to tell a customer of. */
export function shippedFor({
  state,
  closed,
  pulls,
  solvedByAgent,
}: Pick<TicketWhole, "state" | "closed" | "pulls" | "solvedByAgent">): string | null {
  const merged = pulls.find((pull) => pull.state === "merged");
  if (merged !== undefined) return `${merged.name ?? merged.repository}#${merged.number} was merged.`;
  // INVARIANT: an agent does not make its own occasion to write to somebody.
  if (state === "resolved" && !solvedByAgent) return "It is resolved.";
  return state === "closed" && closed?.reason === "done" ? `It was done and closed on ${iso(closed.at)}.` : null;
}
