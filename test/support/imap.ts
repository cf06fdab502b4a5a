// A small IMAP server, scripted: as much of RFC 9051 as reading a folder takes. It refuses whatever would change anything.

import { createServer, type Socket } from "node:net";
import { once } from "node:events";

export interface ImapDouble {
  readonly port: number;
  /** UIDs count from 1 in the order in which they came. */
  readonly mails: { readonly mime: string; readonly at: Date }[];
  uidValidity: number;
  /** Commands as they came, without what they were given. */
  readonly asked: string[];
  close(): Promise<void>;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number): string => String(n).padStart(2, "0");
const dated = (at: Date): string =>
  `${two(at.getUTCDate())}-${MONTHS[at.getUTCMonth()] ?? ""}-${at.getUTCFullYear()} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;

export async function imapDouble(user: string, password: string): Promise<ImapDouble> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    say("* OK [CAPABILITY IMAP4rev1] ready");
    let rest = "";
    socket.on("data", (chunk: Buffer) => {
      rest += chunk.toString("utf8");
      for (let at = rest.indexOf("\r\n"); at >= 0; at = rest.indexOf("\r\n")) {
        const line = rest.slice(0, at);
        rest = rest.slice(at + 2);
        answer(line, say);
      }
    });
  });
  const double: { -readonly [Name in keyof ImapDouble]: ImapDouble[Name] } = {
    port: 0,
    mails: [],
    uidValidity: 7,
    asked: [],
    close: async () => {},
  };

  const uidsOf = (range: string): readonly number[] => {
    const last = double.mails.length;
    const [from = "", to] = range.split(":");
    const low = Number(from);
    const high = to === undefined ? low : to === "*" ? Math.max(last, 1) : Number(to);
    // As real ones do: n:* names the last one even where it is older.
    return double.mails.map((_, n) => n + 1).filter((uid) => uid >= Math.min(low, high) && uid <= Math.max(low, high));
  };

  function answer(line: string, say: (text: string) => void): void {
    const [, tag = "", words = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
    const verb = /^(?:UID )?\S+/.exec(words.toUpperCase())?.[0] ?? "";
    double.asked.push(verb);
    const ok = (text = "done"): void => say(`${tag} OK ${text}`);
    switch (verb) {
      case "CAPABILITY":
        say("* CAPABILITY IMAP4rev1");
        return ok();
      case "LOGIN":
        return words.includes(user) && words.includes(password) ? ok() : say(`${tag} NO [AUTHENTICATIONFAILED] no`);
      case "LIST":
      case "LSUB":
        say('* LIST (\\HasNoChildren) "/" INBOX');
        return ok();
      case "EXAMINE":
        say("* FLAGS (\\Seen)");
        say(`* ${double.mails.length} EXISTS`);
        say(`* OK [UIDVALIDITY ${double.uidValidity}] valid`);
        say(`* OK [UIDNEXT ${double.mails.length + 1}] next`);
        return ok("[READ-ONLY] opened");
      case "UID SEARCH": {
        const range = /UID (\S+)/.exec(words.slice("UID SEARCH".length))?.[1];
        say(`* SEARCH ${(range === undefined ? double.mails.map((_, n) => n + 1) : uidsOf(range)).join(" ")}`);
        return ok();
      }
      case "UID FETCH": {
        for (const uid of uidsOf(words.split(" ")[2] ?? "")) {
          const mail = double.mails[uid - 1];
          if (mail === undefined) continue;
          const size = Buffer.byteLength(mail.mime);
          say(
            `* ${uid} FETCH (UID ${uid} RFC822.SIZE ${size} INTERNALDATE "${dated(mail.at)}" BODY[]<0> {${size}}\r\n${mail.mime})`,
          );
        }
        return ok();
      }
      case "NOOP":
      case "CLOSE":
        return ok();
      case "LOGOUT":
        say("* BYE");
        return ok();
      default:
        return say(`${tag} BAD unknown`);
    }
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  double.port = address !== null && typeof address === "object" ? address.port : 0;
  double.close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return double;
}
