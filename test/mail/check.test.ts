// `countersign mail check`: what somebody who sets a mailbox up reads, slip by slip.

import { afterAll, describe, expect, test } from "vitest";
import { checkMail, opener, type MailSecret } from "#mail";
import { graphDouble } from "./graph-double.ts";
import { mime } from "./stage.ts";

const graph = await graphDouble();
afterAll(() => graph.close());
graph.mailboxes.add("help@acme.example");
const GOOD = { MAIL_DOMAINS: "acme.example", GRAPH_TENANT: "acme.example", GRAPH_CLIENT_ID: "app", GRAPH_CLIENT_SECRET: "s3cret", GRAPH_MAILBOX: "help@acme.example" } as const; // prettier-ignore
const check = (over: Readonly<Partial<Record<MailSecret, string | null>>>) => {
  const sealed = new Map<MailSecret, string>();
  for (const name of ["MAIL_DOMAINS", "GRAPH_TENANT", "GRAPH_CLIENT_ID", "GRAPH_CLIENT_SECRET", "GRAPH_MAILBOX", "IMAP_URL"] as const) {
    const value = name in over ? over[name] : name === "IMAP_URL" ? null : GOOD[name];
    if (value !== null && value !== undefined) sealed.set(name, value);
  }
  return checkMail(opener(Date.now, graph), sealed, { prefix: "acme", nowMs: Date.now() });
}; // prettier-ignore

test("all well: how many mails there are, none of them fetched, and the server looks at once", async () => {
  graph.mails.push({ id: "AAMk1=", mime: mime(), at: new Date().toISOString() });
  expect(await check({})).toEqual({
    lines: [{ ok: true, text: "Microsoft 365: it is read. 1 mail in the last day." }],
    found: ["graph"],
  });
  expect(graph.asked.filter((each) => each.includes("$value"))).toEqual([]);
});

describe("a slip is said, with what to do", () => {
  const none = { GRAPH_TENANT: null, GRAPH_CLIENT_ID: null, GRAPH_CLIENT_SECRET: null, GRAPH_MAILBOX: null } as const;
  test.each<[string, Parameters<typeof check>[0], RegExp]>([
    ["nothing is set", none, /No mailbox is set\. Microsoft 365: GRAPH_TENANT, .* Any other: IMAP_URL/],
    ["half of it", { GRAPH_CLIENT_SECRET: null, GRAPH_CLIENT_ID: null }, /GRAPH_CLIENT_ID and GRAPH_CLIENT_SECRET are not set/],
    ["no directory's id", { GRAPH_TENANT: "acme example" }, /GRAPH_TENANT is no directory's id\. Copy the Directory/],
    ["a directory that there is not", { GRAPH_TENANT: "nowhere.example" }, /There is no directory under GRAPH_TENANT/],
    ["the secret's id in place of its value", { GRAPH_CLIENT_SECRET: "0fc0d6db" }, /Set the secret's Value, not its Secret ID/],
    ["a mailbox that there is not", { GRAPH_MAILBOX: "hepl@acme.example" }, /knows no mailbox under GRAPH_MAILBOX.*slip/],
    ["no address", { GRAPH_MAILBOX: "help" }, /GRAPH_MAILBOX is no address/],
    ["no domain", { MAIL_DOMAINS: "acme" }, /MAIL_DOMAINS names no domain: no mail opens a ticket/],
    ["a password with a bare %", { ...none, IMAP_URL: "imaps://help:p%ss@mail.acme.example/" }, /not of the form imaps:.*% is %25/],
    ["a web address", { ...none, IMAP_URL: "https://mail.acme.example/" }, /not of the form imaps:/],
    ["a server that there is not", { ...none, IMAP_URL: "imaps://help:pw@127.0.0.1:1/" }, /Its server is not reached/],
  ])("%s", async (_, over, words) => {
    const { lines } = await check(over);
    expect(lines.filter(({ ok }) => !ok).map(({ text }) => text).join("\n")).toMatch(words);
  }); // prettier-ignore

  test.each([
    [403, /application permission Mail\.Read.*access policy/],
    [503, /did not say what is new in the mailbox \(503\)/],
  ])("Microsoft answers %d", async (status, words) => {
    graph.down = status;
    expect((await check({})).lines[0]?.text).toMatch(words);
    graph.down = null;
  });
});
