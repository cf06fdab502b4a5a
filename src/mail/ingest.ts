// One mail becomes a message on a ticket, is kept aside, or is nobody's word. In one transaction, and once, however often it is read (N9).

import type { TenantTx } from "#platform/postgres";
import { judgeMail, type MailFacts } from "#tickets";
import { readMail } from "./parse.ts";
import type { Arrived, MailParts } from "./ports.ts";
import { keepAside, type Why } from "./quarantine.ts";

export type Ingested = "heard" | "kept" | "ignored";

export async function ingest(
  parts: Pick<MailParts, "tickets" | "keys" | "append">,
  tx: TenantTx,
  arrived: Arrived,
  facts: MailFacts,
): Promise<Ingested> {
  const mail = await readMail(arrived.mime, arrived.receivedAt);
  if (mail === null) return "ignored";
  const { heard, forged, claims } = judgeMail(mail, facts);
  // T11: our own notice in our own mailbox.
  if (heard.sender === "ourselves") return "ignored";
  const aside = (why: Why) => keepAside(parts, tx, { heard, why, claims });
  if (forged) {
    await aside("forged");
    return "kept";
  }
  const answer = await parts.tickets.hear(tx, heard);
  if (answer.kind !== "nothing") return "heard";
  // T10: a machine's mail that belongs nowhere is nobody's.
  if (heard.sender !== "client_person") return "ignored";
  await aside(heard.vouched === true ? "no_ticket" : "stranger");
  return "kept";
}
