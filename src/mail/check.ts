// Whether a client's mailboxes are read, tried now: for whoever sets them up.

import { Fault, instantOfMillis } from "#kernel";
import { LIMITS } from "./limits.ts";
import { problemOf } from "./open.ts";
import { MAILBOXES, NAMES_OF, type MailboxKind, type MailParts, type MailSecret } from "./ports.ts";

interface CheckedMail {
  readonly ok: boolean;
  readonly text: string;
}

/** `found`: the mailboxes that can be read, for a look by the server. */
export async function checkMail(
  open: MailParts["open"],
  sealed: ReadonlyMap<MailSecret, string>,
  { prefix, nowMs }: { readonly prefix: string; readonly nowMs: number },
): Promise<{ readonly lines: readonly CheckedMail[]; readonly found: readonly MailboxKind[] }> {
  const lines: CheckedMail[] = [];
  const found: MailboxKind[] = [];
  for (const kind of MAILBOXES) {
    if (!NAMES_OF[kind].some((name) => sealed.has(name))) continue;
    const problem = problemOf(kind, sealed) ?? (await tried(open, kind, sealed, nowMs));
    if (typeof problem === "string") lines.push({ ok: false, text: `${TITLES[kind]}: ${problem}` });
    else {
      found.push(kind);
      lines.push({ ok: true, text: `${TITLES[kind]}: it is read. ${problem.fresh} in the last day.` });
    }
  }
  if (lines.length === 0)
    lines.push({
      ok: false,
      text: `No mailbox is set. Microsoft 365: ${NAMES_OF.graph.join(", ")}. Any other: IMAP_URL. Each with: countersign secret set ${prefix} NAME`,
    });
  if (!/[^\s,;@]\.[^\s,;@]/.test(sealed.get("MAIL_DOMAINS") ?? ""))
    lines.push({
      ok: false,
      text: `MAIL_DOMAINS names no domain: no mail opens a ticket, each waits in quarantine. Set it: countersign secret set ${prefix} MAIL_DOMAINS`,
    });
  return { lines, found };
}

const TITLES: Readonly<Record<MailboxKind, string>> = { graph: "Microsoft 365", imap: "IMAP" };

async function tried(
  open: MailParts["open"],
  kind: MailboxKind,
  sealed: ReadonlyMap<MailSecret, string>,
  nowMs: number,
): Promise<string | { readonly fresh: string }> {
  try {
    const looked = await open(kind, sealed)?.look(null, instantOfMillis(nowMs - LIMITS.firstMs));
    if (looked?.kind !== "read") return "The mailbox does not say what is new in it.";
    const count = looked.mails.length;
    return { fresh: `${looked.more ? "More than " : ""}${count} ${count === 1 ? "mail" : "mails"}` };
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}
