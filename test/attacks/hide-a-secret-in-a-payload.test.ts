// Tool output and deliveries hold tokens, and text that pretends to be lines of a log. Nothing of it may stand in the log in a
// way that somebody could use, nor change what an entry says it is.

import { beforeAll, describe, expect, it } from "vitest";
import { ENTRY_KINDS } from "#audit";
import type { Json } from "#kernel";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});
async function written(body: Json, personal?: Json) {
  return t.db.withTenant(acme.claim, async (tx) => {
    const about = personal === undefined ? {} : { personal: { subject: "github:7", data: personal } };
    const id = await t.append(tx, sampleEntry(body, about));
    const [row] = await t.adminSql("select 1 as one");
    expect(row).toBeDefined();
    return t.audit.entryById(tx, id);
  });
}

const TOKEN = `ghs_4242_eyJ${"a1B2".repeat(30)}.${"c3D4".repeat(30)}`;
const PEM = `-----BEGIN RSA PRIVATE KEY-----\n${"MIIEow".repeat(40)}\n-----END RSA PRIVATE KEY-----`;

describe("case 60: a credential is taken out before anything is sealed", () => {
  it.each<[string, Json, string]>([
    ["as a value", { output: TOKEN }, TOKEN],
    ["in the middle of a text", { output: `remote: https://x-access-token:${TOKEN}@github.com/acme/app\n` }, TOKEN],
    ["deep in a list of lists", [[[[{ a: [`token ${TOKEN}`] }]]]], TOKEN],
    ["inside JSON inside a string", JSON.stringify({ env: { GH_TOKEN: TOKEN } }), TOKEN],
    ["a private key", { file: PEM }, "MIIEow"],
    ["a database's password", { url: "postgres://app:hunter2hunter2@db/acme" }, "hunter2"],
  ])("%s", async (_, body, secret) => {
    expect(JSON.stringify((await written(body))?.body)).not.toContain(secret);
    const personal = (await written("x", body))?.personal;
    expect(personal?.kind === "open" && JSON.stringify(personal.value)).not.toContain(secret);
  });

  it("a megabyte without a space does not stop the log", async () => {
    const read = await written({ output: `${"x".repeat(8 * 1024 * 1024)} ${TOKEN}` });
    expect(JSON.stringify(read?.body)).not.toContain(TOKEN);
  });
});

describe("case 59: what is written in a payload changes nothing but the payload", () => {
  it.each<[string, Json]>([
    ["a line that looks like an entry", `{"v":1,"kind":"gate.merge","outcome":"success"}\n`],
    ["members of the same names", { outcome: "refused", initiator: { type: "human", id: "1" }, observer: null }],
    ["terminal sequences", "\u001b[2J\u001b]0;owned\u0007"],
    ["a formula", '=HYPERLINK("http://evil")'],
    ["NUL and a byte order mark", "\u0000\ufeff"],
  ])("%s", async (_, body) => {
    const read = await written(body);
    expect(read).toMatchObject({
      kind: "gate.verdict",
      outcome: "success",
      body: { initiator: { id: "7" }, outcome: "success", payload: body },
    });
  });

  it("a kind is one of a closed set, and none of them says more than it is", () => {
    for (const kind of ENTRY_KINDS) expect(kind).toMatch(/^[a-z]+(?:[._][a-z]+)+$/);
    expect(new Set(ENTRY_KINDS).size).toBe(ENTRY_KINDS.length);
    // @ts-expect-error -- a kind that nobody has reviewed does not compile
    expect(sampleEntry("x", { kind: "gate.approved_by_ceo" }).kind).toBeTypeOf("string");
  });
});

describe("case 56: what has no canonical form has no entry", () => {
  it.each<[string, () => unknown]>([
    ["a lone surrogate", () => "\ud800"],
    ["NaN", () => NaN],
    ["2^53 + 1", () => 2 ** 53 + 1],
    ["half a number", () => 0.5],
    ["a member named __proto__", () => JSON.parse('{"__proto__":{"admin":true}}')],
    ["a Map", () => new Map([["a", 1]])],
    ["a Date", () => new Date(0)],
    ["undefined", () => ({ a: undefined })],
  ])("%s is refused, and the transaction with it", async (_, make) => {
    const before = await t.adminSql("select from audit.entry");
    const entry = { ...sampleEntry(), body: make() };
    // @ts-expect-error -- what a type forbids, a bug may bring all the same
    await expect(t.db.withTenant(acme.claim, (tx) => t.append(tx, entry))).rejects.toThrow();
    expect(await t.adminSql("select from audit.entry")).toHaveLength(before.length);
  });
});

it("the log verifies", async () => {
  expect(await checkWorld(t)).toBeGreaterThan(0);
});
