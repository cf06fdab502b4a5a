// A client's mailbox on real PostgreSQL, with the real tickets behind it.

import { createTickets } from "#tickets/io";
import type { Heard, HeardAnswer } from "#tickets";
import { enqueue } from "#platform/jobs";
import { createMailInbox, lookForMail, mailHandlers, mailSignal, opener, type MailParts, type MailSecret } from "#mail";
import { createScreening } from "#screening/io";
import { putPerson } from "#identity/io";
import { instantOfMillis, userId } from "#kernel";
import { testDatabase } from "../support/database.ts";
import type { GraphDouble } from "./graph-double.ts";

/** Where no Microsoft is. */
export const NOWHERE = { graph: "http://127.0.0.1:1/", login: "http://127.0.0.1:1/" };
export const MAILBOX = "help@countersign.example";
/** What the double of Microsoft's takes. */
export const GRAPH_SECRETS = [
  ["GRAPH_TENANT", "acme.example"],
  ["GRAPH_CLIENT_ID", "app"],
  ["GRAPH_CLIENT_SECRET", "s3cret"],
  ["GRAPH_MAILBOX", MAILBOX],
] as const satisfies readonly (readonly [MailSecret, string])[];

export async function mailStage(place: Pick<GraphDouble, "graph" | "login"> | null) {
  const t = await testDatabase();
  const acme = await t.tenant("acme", 101);
  const owner = userId(70);
  if (owner === null) throw new Error("not an account");
  const by = { initiator: { type: "operator", id: "test" }, requestId: "r" } as const;
  await putPerson(t.operator, { tenant: acme.id, github: owner, login: "opal", roles: ["operator", "admin"], by });
  const sealed = new Map<MailSecret, string>([["MAIL_DOMAINS", "acme.example, acme.test"]]);
  const answers: HeardAnswer[] = [];
  const heard: Heard[] = [];
  let nowMs = Date.now();
  const tickets = createTickets({
    append: t.append,
    keys: t.keys,
    tell: async () => {},
    lastSignal: async () => ({ kind: "silent" }),
    repository: async () => null,
    pulls: { state: async () => null, refresh: async () => {} },
    screen: (spans) => createScreening().screen(spans),
    prefix: async () => "acme",
  });
  const parts: MailParts = {
    database: t.db,
    append: t.append,
    enqueue,
    keys: t.keys,
    tickets: {
      ...tickets,
      async hear(tx, given) {
        const answer = await tickets.hear(tx, given);
        heard.push(given);
        answers.push(answer);
        return answer;
      },
    },
    secret: async (_, name) => sealed.get(name) ?? null,
    prefix: async () => "acme",
    open: opener(() => nowMs, place ?? NOWHERE),
    publicUrl: "https://countersign.example",
    clock: () => nowMs,
  };
  const handlers = mailHandlers(parts);
  return {
    t,
    acme,
    parts,
    sealed,
    heard,
    answers,
    inbox: createMailInbox(parts),
    pass: (ms: number) => void (nowMs += ms),
    poll: (mailbox: "graph" | "imap") =>
      handlers["mail.poll"]?.({ tenant: acme.id, mailbox }, new AbortController().signal),
    due: () => lookForMail(parts, [acme.claim]),
    signal: (since: number) => mailSignal(parts, acme.id, instantOfMillis(since)),
    jobs: async () =>
      (await t.adminSql("select j.key from graphile_worker._private_jobs j where j.key like 'mail:%'")).map(({ key }) =>
        String(key),
      ),
    kept: () => t.adminSql("select why, claims from inbox.quarantine where ended_at is null order by arrived_at"),
    clear: () => {
      heard.length = 0;
      answers.length = 0;
    },
  };
}

export const mime = (over: Readonly<Record<string, string>> = {}, body = "It says 500."): string =>
  Object.entries({
    "Message-ID": `<${Math.random()}@acme.example>`,
    From: "Ann Example <ann@acme.example>",
    To: MAILBOX,
    Subject: "Sign in fails",
    Date: "Mon, 2 Nov 2026 09:00:00 +0000",
    "Content-Type": "text/plain; charset=utf-8",
    ...over,
  })
    .map(([name, value]) => `${name}: ${value}`)
    .join("\r\n") + `\r\n\r\n${body}\r\n`;
