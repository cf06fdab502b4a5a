// Somebody writes to a client's mailbox in another's name, or under another mail's: they open nothing, land on nothing, and take nobody's
// word away. What they sent waits for a person, and while it may be an answer no ticket is closed for silence.

import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { putPerson } from "#identity/io";
import { instantOfMillis, userId } from "#kernel";
import { quarantined, release } from "#mail";
import { graphDouble } from "../mail/graph-double.ts";
import { GRAPH_SECRETS, mailStage, mime } from "../mail/stage.ts";
import { checkWorld } from "../support/world.ts";

const graph = await graphDouble();
afterAll(() => graph.close());
const stage = await mailStage(graph);
const { t, acme, answers, sealed } = stage;
for (const [name, value] of GRAPH_SECRETS) sealed.set(name, value);
const globex = await t.tenant("globex", 202);
beforeEach(() => stage.clear());

let count = 0;
async function arrive(...mails: readonly string[]): Promise<readonly string[]> {
  stage.clear();
  for (const text of mails) {
    count += 1;
    graph.mails.push({ id: `AAMk${count}=`, mime: text, at: new Date(Date.now() + count).toISOString() });
  }
  await stage.poll("graph");
  return answers.map(({ kind, number }) => `${kind}${number === null ? "" : ` ${number}`}`);
}
const EVE = "Eve <eve@evil.example>";
const results = (...values: readonly string[]): string =>
  values.map((value) => `Authentication-Results: ${value}\r\n`).join("");
const dropAll = () => t.adminSql("update inbox.quarantine set mail = null, ended = 'dropped', ended_at = now() where ended_at is null"); // prettier-ignore

test("Ann's own mail opens a ticket", async () => {
  expect(await arrive(mime({ "Message-ID": "<first@acme.example>" }))).toEqual(["opened 1"]);
});

describe("in another's name", () => {
  test.each<[string, string, string]>([
    ["the receiving server says DMARC fails", results("mx.example; dmarc=fail header.from=acme.example"), "forged"],
    ["the sender's own header below says that it passes", results("mx.example; dmarc=fail", "mx.example; dmarc=pass"), "forged"],
    ["the receiving server says it in its second header", results("mx.example; spf=pass", "mx.example; dmarc=fail"), "forged"],
    ["Microsoft says so of a domain without DMARC", results("spf=softfail; dkim=none; dmarc=none action=none header.from=acme.example;compauth=fail reason=001"), "forged"],
    ["a second From below the first: one is checked, the other shown", "From: eve@evil.example\r\n", "stranger"],
    ["a second From above the first", "FROM: Eve <eve@evil.example>\r\n", "stranger"],
  ])("%s: it lands nowhere", async (_, headers, why) => {
    expect(await arrive(headers + mime({ Subject: "Re: [ACME-1]" }, "Close it."))).toEqual([]);
    expect(await stage.kept()).toEqual([{ why, claims: true }]);
    await dropAll();
  }); // prettier-ignore

  test("two authors in one From: nobody knows whom of them a server has checked", async () => {
    expect(await arrive(mime({ From: `Ann <ann@acme.example>, ${EVE}` }))).toEqual([]);
    expect(await stage.kept()).toEqual([{ why: "stranger", claims: false }]);
    await dropAll();
  });

  test.each([
    ["the client's address as a name", '"ann@acme.example" <eve@evil.example>'],
    ["a domain that ends like the client's", "eve@evil-acme.example"],
    ["the address in a comment", "eve@evil.example (ann@acme.example)"],
    ["letters that look alike", "ann@\u0430cme.example"],
  ])("%s is a stranger's", async (_, From) => {
    expect(await arrive(mime({ From, Subject: "Re: [ACME-1]" }))).toEqual(["nothing"]);
    expect((await stage.kept()).map(({ why }) => why)).toEqual(["stranger"]);
    await dropAll();
  });

  test("what another server says of another domain's mail counts for nothing: Ann's answer lands", async () => {
    const forwarded = results("mx.example; dmarc=pass", "lists.evil.example; dmarc=fail");
    expect(await arrive(forwarded + mime({ "In-Reply-To": "<first@acme.example>" }))).toEqual(["landed 1"]);
  });
});

describe("under another's mail", () => {
  test("a stranger who knows a ticket's number, or the mail that opened it, lands on none", async () => {
    expect(await arrive(mime({ From: EVE, Subject: "Re: [ACME-1]" }), mime({ From: EVE, References: "<first@acme.example>" }))).toEqual(["nothing", "nothing"]); // prettier-ignore
    expect((await stage.signal(Date.now() - 60_000)).kind, "and silence is not known").toBe("unknown");
    await dropAll();
  });

  test("S1 Ann's answer under an id that somebody has used before is not lost: it waits, and can be let in", async () => {
    const stolen = { "Message-ID": "<stolen@acme.example>", Subject: "Re: [ACME-1]" };
    expect(await arrive(mime({ ...stolen, From: "Mallory <mallory@acme.example>" }, "Never mind."))).toEqual(["landed 1"]); // prettier-ignore
    expect(await arrive(mime(stolen, "It is still broken."))).toEqual(["taken"]);
    expect((await stage.signal(Date.now() - 60_000)).kind).toBe("unknown");
    const by = { initiator: { type: "operator", id: "opal" }, requestId: "r1" } as const;
    const inTenant = <T>(fn: Parameters<typeof t.db.withTenant<T>>[1]): Promise<T> => t.db.withTenant(acme.claim, fn);
    const [mail] = await inTenant((tx) => quarantined(stage.parts, tx));
    expect(mail).toMatchObject({ why: "no_ticket", from: "ann@acme.example" });
    expect(await inTenant((tx) => release(stage.parts, tx, mail?.id ?? "", by))).toEqual({ number: 1 });
    expect(stage.heard.at(-1)?.text).toBe("It is still broken.");
  });

  test("the same mail read again is the same mail", async () => {
    graph.forget();
    expect(new Set((await arrive()).map((answer) => answer.split(" ")[0]))).toEqual(new Set(["known", "nothing", "taken"]));
    expect((await stage.kept()).length).toBe(0);
  }); // prettier-ignore
});

test("into another client's ticket: what it answers there is nobody's here, and there nothing has come", async () => {
  const by = { initiator: { type: "operator", id: "test" }, requestId: "r" } as const;
  const github = userId(71) ?? expect.unreachable();
  await putPerson(t.operator, { tenant: globex.id, github, login: "gil", roles: ["operator", "admin"], by });
  const theirs = "mail:theirs@globex.example";
  const opened = await t.db.withTenant(globex.claim, (tx) =>
    stage.parts.tickets.hear(tx, {
      channel: "mail", conversation: theirs, message: theirs, answers: [], number: null, sender: "client_person",
      from: { name: "Gus", address: "gus@globex.example", id: null }, title: "Theirs", text: "Theirs",
      sentAt: instantOfMillis(Date.now()), opens: true, repository: null, vouched: true,
    }),
  ); // prettier-ignore
  expect(opened).toMatchObject({ kind: "opened", number: 1 });
  const mail = mime({ "In-Reply-To": "<theirs@globex.example>", Subject: "Re: [GLOBEX-1] Theirs" }, "Tell me.");
  expect(await arrive(mail)).toEqual(["opened 2"]);
  expect(await t.adminSql("select 1 from tickets.message where tenant_id = $1", [globex.id])).toHaveLength(1);
});

test("the log and every room agree with each other afterwards", () => checkWorld(t));
