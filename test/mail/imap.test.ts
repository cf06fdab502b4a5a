import { afterAll, beforeEach, expect, test } from "vitest";
import { opener } from "#mail";
import { imapDouble } from "../support/imap.ts";
import { checkWorld } from "../support/world.ts";
import { mailStage, mime, NOWHERE } from "./stage.ts";

const server = await imapDouble("help@acme.example", "p@ss");
afterAll(() => server.close());
const stage = await mailStage(null);
const { answers } = stage;
stage.sealed.set("IMAP_URL", `imap://help%40acme.example:p%40ss@127.0.0.1:${server.port}/INBOX`);
beforeEach(() => stage.clear());
const arrive = (text: string): void => void server.mails.push({ mime: text, at: new Date() });

test("a mail opens a ticket, the next look reads only what is new, and nothing in the mailbox is changed", async () => {
  arrive(mime({ "Message-ID": "<i1@acme.example>" }));
  await stage.poll("imap");
  arrive(mime({ Subject: "Re: [ACME-1] Sign in fails" }, "Since Monday."));
  await stage.poll("imap");
  await stage.poll("imap");
  expect(answers.map(({ kind, number }) => [kind, number])).toEqual([
    ["opened", 1],
    ["landed", 1],
  ]);
  expect(server.asked).toContain("EXAMINE");
  expect(server.asked.filter((verb) => /SELECT|STORE|EXPUNGE|COPY|MOVE|APPEND/.test(verb))).toEqual([]);
});

test("N9 a folder that was made anew is read again, and nothing is heard twice", async () => {
  server.uidValidity = 8;
  arrive(mime({}, "Another thing"));
  await stage.poll("imap");
  expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["known", "known", "opened"]);
});

test("N11 a stranger's is kept aside, and silence is known after a look", async () => {
  arrive(mime({ From: "Eve <eve@evil.example>" }));
  expect(await stage.signal(Date.now() - 60_000)).toEqual({ kind: "silent" });
  expect(await stage.kept()).toEqual([{ why: "stranger", claims: false }]);
});

test("a wrong password is no silence: it is said in words that name what to look at", async () => {
  stage.sealed.set("IMAP_URL", `imap://help%40acme.example:wrong@127.0.0.1:${server.port}/INBOX`);
  await expect(stage.poll("imap")).rejects.toThrow(/IMAP_URL/);
});

test.each([
  "https://mail.example/",
  "imaps://nobody.example/INBOX",
  "imaps://u:100%x@mail.example/INBOX",
  "not an address",
])("%s names no mailbox", (url) => expect(opener(Date.now, NOWHERE)("imap", new Map([["IMAP_URL", url]]))).toBeNull());

test("the log and every room agree with each other afterwards", () => checkWorld(stage.t));
