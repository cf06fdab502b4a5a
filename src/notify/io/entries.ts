// What the log says of a notice: that it is about to leave, with all of it, and what became of that.

import type { NewEntry, Party } from "#audit";
import type { TenantTx } from "#platform/postgres";
import type { About } from "#tickets";
import type { Content } from "../types.ts";
import { contentJson } from "./sealed.ts";

const OBSERVER: Party = { type: "app", id: "countersign" };
const JOB: Party = { type: "job", id: "notify" };

function targetOf(tx: TenantTx, about: About): Party {
  switch (about.kind) {
    case "ticket":
    case "pull":
      return { type: "ticket", id: about.ticket };
    case "approval":
      return { type: "approval", id: about.approval };
    case "stopped":
      return { type: "agent", id: about.agent };
    // Of many tickets: their own entries name it.
    case "digest":
      return { type: "tenant", id: tx.tenantId };
  }
}

export function aboutEntry(tx: TenantTx, key: string, about: About): Omit<NewEntry, "outcome" | "body"> {
  return {
    kind: "notice.send",
    observer: OBSERVER,
    initiator: JOB,
    target: targetOf(tx, about),
    requestId: `${tx.tenantId}/${key}`,
  };
}

/** An address is a person's: it is sealed under that person's key. */
export function intentEntry(tx: TenantTx, key: string, content: Content): NewEntry {
  const { to, ...rest } = contentJson(content);
  const entry = { ...aboutEntry(tx, key, content.about), outcome: "intent" as const };
  if (content.to.kind !== "mail") return { ...entry, body: { v: 1, key, to: to ?? null, ...rest } };
  const { to: address, subject, answers } = content.to;
  return {
    ...entry,
    body: { v: 1, key, to: { kind: "mail", subject, answers }, ...rest },
    personal: { subject: `mail:${address.toLowerCase()}`, data: { to: address } },
  };
}
