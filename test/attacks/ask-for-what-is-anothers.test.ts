// A tenant with an API key of its own, who guesses or was told ids of another: entries, logs, pages, keys. What nobody has and what somebody
// else has must be one and the same answer, or each id could be asked whether it exists.

import { beforeAll, describe, expect, it } from "vitest";
import type { EntryId } from "#kernel";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { sequencing } from "../support/sequencing.ts";
import { consoleStage } from "../console/stage.ts";

const t = await testDatabase();
const log = sequencing(t);
const stage = consoleStage(t);
/** Of the same moment, since ids have their time in them. */
const nobodys = (id: string): string => `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`;
let acme: TestTenant;
let globex: TestTenant;
let key: string;
let theirKey: string;
let theirs: EntryId;
let own: EntryId;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  const about = { initiator: { type: "human", id: "4711" }, target: { type: "pull_request", id: "77#12" }, requestId: "r-globex" } as const;
  theirs = await t.db.withTenant(globex.claim, (tx) => t.append(tx, sampleEntry("globex's plan", about)));
  own = await t.db.withTenant(acme.claim, (tx) => t.append(tx, sampleEntry("acme's own")));
  await log.epoch();
  key = (await stage.key(acme)).text;
  theirKey = (await stage.key(globex)).text;
}); // prettier-ignore

/** All that a client sees, without what is new in each answer. */
async function seen(response: Response): Promise<unknown> {
  const headers = [...response.headers].filter(([name]) => !["x-request-id", "date"].includes(name));
  return { status: response.status, headers, text: (await response.text()).replace(/urn:uuid:[0-9a-f-]+/, "") };
}

describe("T2 another's id is answered as one that nobody has", () => {
  it.each<[string, (id: string) => string, () => string]>([
    ["the proof of an entry", (id) => `/audit/proof/${id}`, () => theirs],
    ["a log's checkpoint", (id) => `/audit/t/${id}/checkpoint`, () => globex.id],
    ["a tile of a log", (id) => `/audit/t/${id}/tile/0/000.p/1`, () => globex.id],
    ["entries of a log", (id) => `/audit/t/${id}/tile/entries/000.p/1`, () => globex.id],
    ["sealed bodies of a log", (id) => `/audit/t/${id}/bodies/000.p/1`, () => globex.id],
    ["a log's place in the epochs", (id) => `/audit/t/${id}/slots/1`, () => globex.id],
    ["a page that begins at another's entry", (id) => `/audit/entries?cursor=n.${id}`, () => theirs],
  ])("%s", async (_, path, id) => {
    const answered = await seen(await stage.get(path(id()), key));
    expect(answered).toEqual(await seen(await stage.get(path(nobodys(id())), key)));
    expect(JSON.stringify(answered)).not.toMatch(/globex/);
  });

  it.each([
    ["who did it", "actor=human:4711"],
    ["what it was done to", "target=pull_request:77%2312"],
    ["the request", "request=r-globex"],
    ["the kind, of all times", "kind=gate.verdict&since=365d&order=oldest&limit=200"],
  ])("a search by %s finds none of the other's entries", async (_, query) => {
    const text = await (await stage.get(`/audit/entries?${query}`, key)).text();
    expect(text).not.toContain(theirs);
    expect(text).not.toContain("globex");
    const there = await (await stage.get(`/audit/entries?${query}`, theirKey)).text();
    expect(there, "the search is a real one").toContain(theirs);
  });

  it("its own it does see, or all above would prove nothing", async () => {
    expect((await stage.get(`/audit/proof/${own}`, key)).status).toBe(200);
    expect((await stage.get(`/audit/t/${acme.id}/checkpoint`, key)).status).toBe(200);
    expect(await (await stage.get("/audit/entries", key)).text()).toContain(own);
  });

  it("what it asked for in vain is in its own log, and in no other", async () => {
    const before = await stage.newest(globex, 50);
    await stage.get(`/audit/proof/${theirs}`, key);
    expect(await stage.newest(globex, 50)).toEqual(before);
  });
});

describe("T2 a key is its tenant's, whatever stands around it", () => {
  it("two keys in one header, the other's first or last: no key at all", async () => {
    const none = await seen(await stage.get("/audit/entries"));
    for (const header of [`${key}, Bearer ${theirKey}`, `${theirKey} ${key}`, `${key};${theirKey}`])
      expect(await seen(await stage.get("/audit/entries", header))).toEqual(none);
  });

  it("one that was mistyped, cut, made longer, or written in another case is answered as none", async () => {
    const none = await seen(await stage.get("/audit/entries"));
    for (const text of [
      theirKey.slice(0, -1),
      `${theirKey}A`,
      theirKey.toUpperCase(),
      ` ${theirKey.slice(1)}`,
      "csk_",
      globex.id,
    ])
      expect(await seen(await stage.get("/audit/entries", text)), text.slice(0, 6)).toEqual(none);
  });

  it("a tenant named in the query, in a header, or in another's path changes nothing about whose data it is", async () => {
    const plain = JSON.parse(await (await stage.get("/audit/entries?limit=1", key)).text());
    const headers = { "x-tenant": globex.id, "x-tenant-id": globex.id, "x-forwarded-host": "globex.example" };
    const dressed = JSON.parse(await (await stage.get("/audit/entries?limit=1", key, headers)).text());
    expect(Object.keys(dressed)).toEqual(Object.keys(plain));
    expect(JSON.stringify(dressed)).not.toContain(globex.id);
    expect((await stage.get(`/audit/entries?tenant=${globex.id}`, key)).status).toBe(400);
  });
});
