// A private key in a file or in a job's log is taken out of what an agent reads, by its first line. The agent asks for the lines without that one:
// the last so many, or those that hold a letter; or for the rest of a token behind the place where a long line is cut.

import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { acts } from "#demo/world";
import type { DoerOutcome } from "#gateway";
import { createScreening } from "#screening/io";
import { cut, inKeys, withoutKeys } from "../../src/doer/cut.ts";
import { createTail } from "../../src/doer/tail.ts";
import { githubLab } from "../doer/support/github.ts";
import { testDatabase } from "../support/database.ts";

const PEM = generateKeyPairSync("rsa", {
  modulusLength: 2_048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
}).privateKey.trim();
const BODY = PEM.split("\n").slice(1, -1);
const TOKEN = "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";
const leaked = (text: string): readonly string[] => BODY.filter((line) => text.includes(line));

const screening = createScreening();
const t = await testDatabase();
const { given, run } = await githubLab(t, async (git, seed, bare) => {
  mkdirSync(join(seed, "src"));
  writeFileSync(join(seed, "src/config.js"), `const key = \`\n${PEM}\n\`;\nexport const total = 1;\n`);
  await git(seed, "add", ".");
  await git(seed, "commit", "--quiet", "-m", "first");
  await git(seed, "push", "--quiet", bare, "main");
});
/** As the agent gets it: what comes back is screened. */
async function shown(outcome: DoerOutcome | null): Promise<string> {
  const texts = JSON.stringify(outcome).split('"');
  const { scrubbed } = await screening.screen(texts.map((text) => ({ origin: "log", text })));
  return scrubbed.join('"');
}

describe("logs.read", () => {
  const job = acts.endJob(given.world, {
    repo: "acme/app",
    sha: given.h2,
    name: "tests",
    conclusion: "failure",
    job: {
      steps: [],
      log: `begin\n${PEM.split("\n").map((line) => `2026-01-01T00:00:00Z ${line}`).join("\n")}\nPASSWORD=hunter2\nend\n`,
    },
  }); // prettier-ignore
  const read = async (contains: string | null, last: number) => shown(await run("logs.read", { job, contains, last }));

  it.each(["/", "+", "a", "q", "Z ", "="])("the lines that hold %j", async (letter) => {
    expect(leaked(await read(letter, 2_000))).toEqual([]);
  });

  it("the last ten lines, and what stands around the key is there", async () => {
    const last = await read(null, 10);
    expect(leaked(last)).toEqual([]);
    expect(last).toContain("begin");
    expect(last).toContain("end");
  });

  it("a password, letter by letter, by whether its line is there", async () => {
    expect(await read("PASSWORD=", 10)).toContain("PASSWORD=");
    expect(await read("PASSWORD=hunt", 10)).toBe(await read("PASSWORD=hunx", 10));
  });
});

it("repo.search: by any pattern that leaves the first line out", async () => {
  for (const pattern of ["^[A-Za-z0-9+/=]{20,}$", "a", "."]) {
    const found = await run("repo.search", { ref: "main", pattern, regex: true, paths: [], most: 500 });
    expect(found).toMatchObject({ kind: "done" });
    expect(leaked(await shown(found))).toEqual([]);
  }
  expect(await run("repo.search", { ref: "main", pattern: "total", regex: false, paths: [], most: 5 })).toMatchObject({ result: { matches: [{ path: "src/config.js" }] } }); // prettier-ignore
});

describe("what is cut", () => {
  it.each([3_980, 3_990, 3_999])("a token that begins at letter %i of a long line is there whole, or not", (at) => {
    const tail = createTail({ contains: null, last: 5 });
    tail.take(`${"x ".repeat(at).slice(0, at - 1)} ${TOKEN} and so on\n`);
    const [line = ""] = tail.end().lines;
    expect(line).not.toContain(TOKEN.slice(0, 5));
    expect(line.length).toBeGreaterThan(3_900);
  });

  // In parts: this file is scanned, too.
  const VALUE = ["hunter2", "$ab", "#Q9!x"].join("");
  const BASE64 = Buffer.from(`the key is ${TOKEN} and nothing else`).toString("base64");
  const KEY = ["-----BEGIN PRIVATE", ` KEY-----\\n${"Ab3/".repeat(400)}\\n-----END PRIVATE`, " KEY-----"].join("");
  it.each([
    ["in quotes", `PASSWORD="${VALUE}"`, VALUE],
    ["in JSON", `{"a":1,"password":"${VALUE}","b":2}`, VALUE],
    ["in JSON in JSON", `"{\\"password\\": \\"${VALUE}\\"}"`, VALUE],
    ["bare, at a line's end", `DB_PASSWORD=${VALUE}\n`, VALUE],
    ["in an address", `postgres://app:${VALUE}@db.example/app`, VALUE],
    ["in a query", `https://x.example/?a=1&secret=${VALUE}&b=2`, VALUE],
    ["in a header", `"Authorization: Bearer ${TOKEN}"`, TOKEN],
    ["a key on one line", `"key": "${KEY}"`, "Ab3/Ab3/"],
    ["in base64 that is wrapped", BASE64.replaceAll(/.{24}/g, "$&\n"), BASE64.slice(0, 24)],
  ])("wherever the limit falls, nothing of a credential comes through that would be taken out whole: %s", async (_, text, secret) => {
    const line = `it said ${text} and so on, and on`;
    const cuts = Array.from({ length: line.length }, (_, most) => cut(line, most));
    const { scrubbed } = await screening.screen([line, ...cuts].map((each) => ({ origin: "log", text: each })));
    expect(scrubbed.filter((each) => each.includes(secret.slice(0, 5)))).toEqual([]);
    expect(cuts.at(-1)).toContain("so on");
  }); // prettier-ignore

  it("one word without an end may be one: all of it goes, and what is short enough stays", () => {
    expect(cut("x".repeat(9_000), 4_000)).toBe("[cut]");
    expect(cut("x".repeat(4_000), 4_000)).toHaveLength(4_000);
    expect(cut("one two three", 7)).toBe("one two");
    expect(cut("one two three", 8)).toBe("one two");
    expect(cut("one two three", 6)).toBe("one");
  });

  it("and where two keys touch, in files without a last line's end, of neither", () => {
    const text = ["-----BEGIN PRIVATE KEY-----", "one", "-----END PRIVATE KEY----------BEGIN PRIVATE KEY-----", "two"];
    const all = [...text, "-----END PRIVATE KEY-----", "after"];
    const keyless = withoutKeys();
    expect(all.map(keyless)).toEqual(["[a private key]", null, null, null, null, "after"]);
    const marks = [0, 2, 4].map((at) => ({ line: at + 1, text: all[at] ?? "" }));
    expect(all.map((_, at) => inKeys(marks)(at + 1))).toEqual([false, true, true, true, true, false]);
  });

  it("a key without an end hides no log for ever, and two keys are two", () => {
    const keyless = withoutKeys();
    const lines = ["-----BEGIN PRIVATE KEY-----", ...Array.from({ length: 900 }, (_, n) => `line ${n}`)];
    expect(lines.map((line) => keyless(line)).filter((line) => line !== null).length).toBeGreaterThan(400);
    const mark = (line: number, text: string) => ({ line, text: `-----${text} EC PRIVATE KEY-----` });
    const inside = inKeys([mark(3, "BEGIN"), mark(6, "END"), mark(9, "BEGIN"), mark(11, "END"), mark(20, "BEGIN")]);
    expect(Array.from({ length: 24 }, (_, n) => n).filter(inside)).toEqual([4, 5, 6, 10, 11, 21, 22, 23]);
  });
});
