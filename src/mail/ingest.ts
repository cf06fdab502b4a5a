// One mail becomes a message on a ticket, is kept aside, or is nobody's word. In one transaction, and once, however often it is read (N9).

import type { TenantTx } from "#platform/postgres";
import { judgeMail, mailConversation, type Heard, type MailFacts, type ReadMail } from "#tickets";
import type { MailParts } from "./ports.ts";
import { keepAside, type Why } from "./quarantine.ts";

export type Ingested = "heard" | "kept" | "ignored";

export async function ingest(
  parts: Pick<MailParts, "tickets" | "keys" | "append">,
  tx: TenantTx,
  mail: ReadMail,
  facts: MailFacts,
): Promise<Ingested> {
  const { heard, aside: reason, claims } = judgeMail(mail, facts);
  // T11: our own notice in our own mailbox.
  if (heard.sender === "ourselves") return "ignored";
  const aside = (why: Why) => keepAside(parts, tx, { heard, why, claims });
  if (reason !== null) {
    await aside(reason);
    return "kept";
  }
  const answer = await parts.tickets.hear(tx, heard);
  if (answer.kind === "taken") {
    await keepAside(parts, tx, { heard: renamed(heard, mail), why: "no_ticket", claims: true });
    return "kept";
  }
  if (answer.kind !== "nothing") return "heard";
  // T10: a machine's mail that belongs nowhere is nobody's.
  if (heard.sender !== "client_person") return "ignored";
  await aside(heard.vouched === true ? "no_ticket" : "stranger");
  return "kept";
}

/** Under a name of its own: the one that it gives itself is another mail's. */
function renamed(heard: Heard, { digest }: ReadMail): Heard {
  const message = mailConversation(`sha256-${digest}`);
  return { ...heard, message, conversation: message };
}
