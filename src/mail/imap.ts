// A mailbox by IMAP, read and never changed: RFC 9051. How far it was read is the folder's UIDVALIDITY and the last UID.

import { ImapFlow } from "imapflow";
import { z } from "zod";
import { Fault, instantOfMillis } from "#kernel";
import { LIMITS } from "./limits.ts";
import type { Arrived, Looked, OpenMailbox } from "./ports.ts";

const CURSOR = /^(\d{1,12}):(\d{1,12})$/;

/** null: a % that encodes nothing. */
function plain(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const failure = z.object({
  code: z.string().catch(""),
  authenticationFailed: z.boolean().catch(false),
  executedCommand: z.string().catch(""),
});
const UNREACHED = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"]);

/** For whoever set it up. Never a server's own words, which might hold what it was sent. */
function meaningOf(error: unknown): string {
  const { code, authenticationFailed, executedCommand: command } = failure.parse(error);
  if (authenticationFailed)
    return "Its server does not take this user and password. Look at IMAP_URL: both are percent-encoded there, @ as %40; some providers want an app password.";
  if (/\b(?:EXAMINE|SELECT)\b/i.test(command)) return "There is no such folder. The end of IMAP_URL names it: /INBOX.";
  if (code === "CERT_HAS_EXPIRED") return "The certificate of its server has expired. Its operator has to renew it.";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "The certificate of its server is another host's. Look at the host in IMAP_URL.";
  if (/CERT|SIGNATURE|ISSUER|VERIFY/.test(code))
    return "Nobody known vouches for the certificate of its server. With an authority of your own, start the server with NODE_EXTRA_CA_CERTS=its certificate.";
  if (UNREACHED.has(code)) return "Its server is not reached. Look at the host and the port in IMAP_URL.";
  return "It did not answer. Look at IMAP_URL. It is asked again.";
}

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
  const user = plain(at.username);
  const pass = plain(at.password);
  const path = plain(at.pathname.slice(1));
  if (user === null || pass === null || path === null) return null;
  const login = { user, pass };
  const folder = path === "" ? "INBOX" : path;

  async function look(cursor: string | null, since: number): Promise<Looked> {
    const client = new ImapFlow({
      host: at.hostname.replace(/^\[|\]$/g, ""),
      port: at.port === "" ? (secure ? 993 : 143) : Number(at.port),
      secure,
      // INVARIANT: a password goes over no line that is not encrypted, but to this machine itself.
      ...(secure || local ? {} : { doSTARTTLS: true }),
      auth: login,
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
      const mails: Arrived[] = [];
      let bytes = 0;
      let reached = Number(last ?? Math.max(0, (box.uidNext ?? 1) - 1));
      let left = fresh.length;
      for (const uid of fresh.slice(0, LIMITS.mailsOfImap)) {
        if (bytes > LIMITS.lookBytes) break;
        const found = await client.fetchOne(
          String(uid),
          { source: { maxLength: LIMITS.mailBytes }, internalDate: true, size: true },
          { uid: true },
        );
        reached = uid;
        left -= 1;
        if (found === false || found === undefined || found.source === undefined) continue;
        bytes += found.source.length;
        const received = new Date(found.internalDate ?? Date.now()).getTime();
        const cut = (found.size ?? 0) > LIMITS.mailBytes;
        if (received >= since || last !== undefined)
          mails.push({ mime: found.source, cut, receivedAt: instantOfMillis(received) });
      }
      return {
        kind: "read",
        mails: mails.map((mail) => async () => mail),
        cursor: `${box.uidValidity}:${reached}`,
        more: left > 0,
      };
    } catch (error) {
      throw new Fault("mail_unavailable", `The mailbox was not read by IMAP. ${meaningOf(error)}`, { cause: error });
    } finally {
      client.close();
    }
  }
  return { look: (cursor, since) => look(cursor, since), subscribe: null };
}
