// One mail that is built to stop everybody's: as large as a disk, as deep as a well, or so that reading it takes a minute. The rest of the
// mailbox is read all the same, and what the client said in a large mail is heard.

import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { graphDouble } from "../mail/graph-double.ts";
import { GRAPH_SECRETS, mailStage, mime } from "../mail/stage.ts";
import { checkWorld } from "../support/world.ts";

const graph = await graphDouble();
afterAll(() => graph.close());
const stage = await mailStage(graph);
const { heard, sealed } = stage;
for (const [name, value] of GRAPH_SECRETS) sealed.set(name, value);
beforeEach(() => stage.clear());

let count = 0;
/** Beside it an ordinary one comes, after it. What was heard, and how long nothing else in this process could go on. */
async function arrive(hostile: string) {
  for (const text of [hostile, mime({ Subject: "After it" }, "I am here, too.")]) {
    count += 1;
    graph.mails.push({ id: `AAMk${count}=`, mime: text, at: new Date(Date.now() + count).toISOString() });
  }
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 20);
  await stage.poll("graph");
  clearInterval(timer);
  expect(heard.at(-1)?.title, "the one after it is heard").toBe("After it");
  return { first: heard.length > 1 ? heard[0] : undefined, longest };
}
const part = (headers: string, body: string): string => `--b\r\n${headers}\r\n\r\n${body}\r\n`;
const mixed = { "Content-Type": 'multipart/mixed; boundary="b"' };
const html = { "Content-Type": "text/html; charset=utf-8" };
const MB = 1024 * 1024;

describe("as large as a disk", () => {
  test("S1 50 MB with a picture: its words are heard, no more than 5 MB of it are held, and it is said that there is more", async () => {
    const picture = part('Content-Type: image/png; name="screen.png"\r\nContent-Transfer-Encoding: base64', "A".repeat(50 * MB)); // prettier-ignore
    const { first } = await arrive(mime(mixed, part("Content-Type: text/plain", "See the picture.") + picture));
    expect(first?.text).toContain("See the picture.");
    expect(first?.text).toContain("The rest is in the mailbox");
    expect(first?.sender).toBe("client_person");
  });

  test("an archive that unpacks to a terabyte is named, and unpacked by nobody", async () => {
    const bomb = Buffer.from("UEsDBBQAAAAI", "base64").toString("base64") + "A".repeat(200_000);
    const attached = part('Content-Type: application/zip; name="42.zip"\r\nContent-Transfer-Encoding: base64', bomb);
    const { first } = await arrive(mime(mixed, part("Content-Type: text/plain", "Unpack this.") + attached));
    expect(first?.text).toBe("Unpack this.\n\n(With 1 attached: 42.zip. They are in the mailbox.)");
  });

  test("two million words are cut where a ticket's message ends", async () => {
    const { first } = await arrive(mime({}, "word ".repeat(800_000)));
    expect(first?.text.length).toBeLessThan(25_000);
  });
});

/** Nobody else is kept waiting for longer, on a machine that is busy with other tests. Without care each of them takes minutes. */
const MOST_MS = 5_000;

describe("as deep as a well, or slow to read", () => {
  const nested = Array.from({ length: 2_000 }, (_, n) => `--b${n}\r\nContent-Type: multipart/mixed; boundary="b${n + 1}"\r\n\r\n`).join(""); // prettier-ignore
  test.each<[string, string, RegExp]>([
    ["10,000 parts", mime(mixed, Array.from({ length: 10_000 }, (_, n) => part(`Content-Type: application/x-${n}`, "x")).join("")), /could not be read here/],
    ["2,000 parts in each other", mime({ "Content-Type": 'multipart/mixed; boundary="b0"' }, nested), /could not be read here/],
    ["500 forwarded mails in each other", mime({ "Content-Type": "message/rfc822" }, "Content-Type: message/rfc822\r\n\r\n".repeat(500)), /./],
    ["headers of two megabytes", mime({ "X-Long": "x ".repeat(MB) }), /could not be read here/],
    ["100,000 names in To", mime({ To: Array.from({ length: 100_000 }, (_, n) => `a${n}@b.example`).join(",") }), /could not be read here/],
    ["300,000 scripts that never end", mime(html, "Read me<script".repeat(300_000)), /Read me/],
    ["a million brackets", mime(html, `Read me${"<".repeat(MB)}`), /Read me/],
    ["a million comments that never end", mime(html, `Read me${"<!--".repeat(MB / 4)}`), /Read me/],
    ["300,000 lines of somebody who wrote", mime({}, `Read me\r\n${"On Monday, Ann wrote:\r\n".repeat(200_000)}`), /Read me/],
    ["a million empty lines", mime({}, `Read me${"\r\n".repeat(MB)}.`), /Read me/],
    ["a link that never closes, beside words", mime(mixed, part("Content-Type: text/html", `<a href="${"x".repeat(MB)}`) + part("Content-Type: text/plain", "Read me")), /could not be read here/],
    ["a million blanks", mime(html, `Read me${" ".repeat(MB)}.`), /Read me/],
    ["a million blanks that are spelt out", mime(html, `Read me${"&#32;".repeat(MB / 2)}.`), /Read me/],
    ["a million entities", mime(html, `Read me${"&amp".repeat(MB)}`), /Read me/],
    ["50,000 mails that it answers", mime({ References: Array.from({ length: 4_000 }, (_, n) => `<${n}@acme.example>`).join("\r\n ") }), /It says 500/],
  ])("%s", async (_, text, words) => {
    const { first, longest } = await arrive(text);
    expect(first?.text).toMatch(words);
    expect(first?.answers.length).toBeLessThanOrEqual(50);
    expect(longest).toBeLessThan(MOST_MS);
  }); // prettier-ignore

  test("whose headers name nobody is nobody's word, and stops nothing", async () => {
    const { first } = await arrive(mime({ From: "nobody", "X-Long": "x ".repeat(MB) }));
    expect(first).toBeUndefined();
  });
});

test("the log and every room agree with each other afterwards", () => checkWorld(stage.t));
