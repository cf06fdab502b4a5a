// A mailbox by IMAP, read and never changed: RFC 9051. How far it was read is the folder's UIDVALIDITY and the last UID.

import { ImapFlow } from "imapflow";
import { Fault, instantOfMillis } from "#kernel";
import { LIMITS } from "./limits.ts";
import type { Arrived, Looked, OpenMailbox } from "./ports.ts";

const CURSOR = /^(\d{1,12}):(\d{1,12})$/;

/** null: not `imaps://user:password@host:993/INBOX`, nor imap:// with STARTTLS. */
export function openImap(url: string): OpenMailbox | null {
  let at: URL;
  try {
    at = new URL(url);
  } catch {
    return null;
  }
  const secure = at.protocol === "imaps:";
  if ((!secure && at.protocol !== "imap:") || at.hostname === "" || at.username === "") return null;
  const local = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(at.hostname);
  const folder = decodeURIComponent(at.pathname.slice(1)) || "INBOX";

  async function look(cursor: string | null, since: number): Promise<Looked> {
    const client = new ImapFlow({
      host: at.hostname.replace(/^\[|\]$/g, ""),
      port: at.port === "" ? (secure ? 993 : 143) : Number(at.port),
      secure,
      // INVARIANT: a password goes over no line that is not encrypted, but to this machine itself.
      ...(secure || local ? {} : { doSTARTTLS: true }),
      auth: { user: decodeURIComponent(at.username), pass: decodeURIComponent(at.password) },
      logger: false,
      connectionTimeout: LIMITS.askMs,
      greetingTimeout: LIMITS.askMs,
      socketTimeout: LIMITS.askMs,
    });
    // It is told of by what was asked; left alone, the event would end the process.
    client.on("error", () => {});
    try {
      await client.connect();
      const box = await client.mailboxOpen(folder, { readOnly: true });
      const [, validity, last] = CURSOR.exec(cursor ?? "") ?? [];
      if (cursor !== null && validity !== String(box.uidValidity)) return { kind: "lost" };
      const uids =
        last === undefined
          ? await client.search({ since: new Date(since) }, { uid: true })
          : await client.search({ uid: `${Number(last) + 1}:*` }, { uid: true });
      // `n:*` names the last one even where it is older.
      const fresh = (uids === false || uids === undefined ? [] : uids)
        .filter((uid) => uid > Number(last ?? 0))
        .toSorted((a, b) => a - b);
      const taken = fresh.slice(0, LIMITS.mailsOfImap);
      const mails: Arrived[] = [];
      for (const uid of taken) {
        const found = await client.fetchOne(
          String(uid),
          { source: { maxLength: LIMITS.mailBytes }, internalDate: true, size: true },
          { uid: true },
        );
        if (
          found === false ||
          found === undefined ||
          found.source === undefined ||
          (found.size ?? 0) > LIMITS.mailBytes
        )
          continue;
        const received = new Date(found.internalDate ?? Date.now()).getTime();
        if (received >= since || last !== undefined)
          mails.push({ mime: found.source, receivedAt: instantOfMillis(received) });
      }
      const reached = taken.at(-1) ?? Number(last ?? Math.max(0, (box.uidNext ?? 1) - 1));
      return { kind: "read", mails, cursor: `${box.uidValidity}:${reached}`, more: taken.length < fresh.length };
    } catch (error) {
      throw new Fault("mail_unavailable", "The mailbox did not answer by IMAP. Look at IMAP_URL. It is asked again.", {
        cause: error,
      });
    } finally {
      client.close();
    }
  }
  return { look: (cursor, since) => look(cursor, since), subscribe: null };
}
