// Jobs and notifications carry ids: their rows and channels are nobody's in particular, and every process of ours reads them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { enqueue } from "#platform/jobs";
import { testDatabase, type TestTenant } from "../../support/database.ts";

const root = join(import.meta.dirname, "../../..");
const t = await testDatabase();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});
const add = (
  job: Omit<Parameters<typeof enqueue>[1], "payload">,
  payload: Readonly<Record<string, string | number>> = {},
) => t.db.withTenant(acme.claim, (tx) => enqueue(tx, { ...job, payload: { tenant: acme.id, ...payload } }));

/** What a job's payload may be made of, each with what it is. */
const MEMBERS: Readonly<Record<string, string>> = {
  tenant: "a uuid",
  repository: "GitHub's number",
  number: "a pull request's number",
  sha: "a commit",
  attempt: "a uuid",
  guid: "a delivery's id",
  arrival: "an event's id, or the hash that signs a request",
  mailbox: "which of the two kinds",
  call: "a uuid",
};

describe("T2 every job's payload is made of ids", () => {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("demo/"))
    .map((file) => ({ file, text: readFileSync(join(root, "src", file), "utf8") }))
    .filter(({ text }) => /\bJob\b|\benqueue\b/.test(text));
  const payloads = files.flatMap(({ file, text }) =>
    [...text.matchAll(/\bpayload: \{([^}]*)\}/g)].map(([, members = ""]) => ({ file, members })),
  );

  it("those that are written in the source were found", () => {
    expect(payloads.length).toBeGreaterThan(8);
  });

  it.each(payloads)("in $file: {$members}", ({ members }) => {
    const names = members.split(",").map((each) => each.split(":")[0]?.trim() ?? "");
    expect(names.filter((name) => name !== "" && MEMBERS[name] === undefined)).toEqual([]);
    expect(names).toContain("tenant");
  });
});

describe("T2 fails closed: text in a job is a mistake of ours, and is not written", () => {
  it.each<[string, Readonly<Record<string, string | number>>]>([
    ["a repository's name", { name: "acme/app" }],
    ["a sentence", { title: "our secret plan" }],
    ["an address", { mail: "ann@acme.example" }],
    ["nothing", { guid: "" }],
    ["a very long word", { guid: "a".repeat(101) }],
    ["a line feed", { guid: "a\nb" }],
  ])("%s", async (_, payload) => {
    await expect(add({ task: "evaluate" }, payload)).rejects.toMatchObject({ code: "invariant_broken" });
  });

  it.each([
    ["a key", { key: "gate.evaluate:acme/app#1" }],
    ["a queue", { queue: "gate.evaluate:our plan" }],
  ])("in %s", async (_, job) => {
    await expect(add({ task: "evaluate", ...job })).rejects.toMatchObject({ code: "invariant_broken" });
  });

  it("and ids are", async () => {
    await add(
      { task: "evaluate", key: `gate.evaluate:${acme.id}:7#12`, queue: `gate.evaluate:${acme.id}:7#12` },
      { repository: 7, number: 12, sha: "0123456789abcdef0123456789abcdef01234567", guid: "018f6f3e-7a9b-7c55-8f6e" },
    );
    expect(await t.adminSql("select payload from graphile_worker._private_jobs")).toHaveLength(1);
  });
});

describe("T2 a notification says that there is something, and not what", () => {
  it("is the same for every tenant, whoever listens", async () => {
    const heard: (string | undefined)[] = [];
    const listener = await t.appClient();
    listener.on("notification", ({ payload }) => heard.push(payload));
    const channels = await t.adminSql(
      "select distinct (regexp_matches(prosrc, 'pg_notify\\(''([^'']+)''', 'g'))[1] as name from pg_proc",
    );
    expect(channels.length).toBeGreaterThan(0);
    for (const { name } of channels) await listener.query(`listen "${String(name)}"`);
    await add({ task: "evaluate" }, { repository: 4711 });
    await listener.query("select 1");
    expect(heard.length).toBeGreaterThan(0);
    for (const said of heard) {
      expect(said).not.toContain(acme.id);
      expect(said).not.toMatch(/acme|4711|evaluate/);
    }
  });

  it("ours are empty, on channels that are the same for everybody", async () => {
    const ours = await t.adminSql(
      "select p.prosrc as text from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname !~ '^(pg_|information_schema|graphile_worker)' and p.prosrc ~* 'pg_notify|\\mnotify\\M'",
    );
    const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".ts") && !file.startsWith("sqlguard/"),
    );
    const texts = [
      ...ours.map(({ text }) => String(text)),
      ...files.map((file) => readFileSync(join(root, "src", file), "utf8")),
    ].filter((text) => text.includes("pg_notify"));
    expect(texts.length).toBeGreaterThan(2);
    const said = texts.flatMap((text) => text.match(/pg_notify\([^)]*\)/g) ?? []);
    expect(said.filter((each) => !/^pg_notify\((?:'[a-z_]+'|\$\{[A-Z_]+\}), ''\)$/.test(each))).toEqual([]);
  });
});
