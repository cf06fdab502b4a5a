import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { NewEntry } from "#audit";
import { databaseSource, sha256 } from "#audit/io";
import type { EntryId } from "#kernel";
import {
  filesSource,
  found,
  hashesOf,
  leafHash,
  NOTHING_PINNED,
  parseCheckpoint,
  parseNote,
  parseTlogProof,
  parseVkey,
  unbundle,
  verify,
  verifyInclusion,
} from "#verifier";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { sequencing } from "../support/sequencing.ts";
import { consoleStage } from "./stage.ts";

const t = await testDatabase();
const log = sequencing(t);
const options = { sha256, subtle: crypto.subtle, bodies: true, full: true, now: Date.now() };
const stage = consoleStage(t, {
  verify: async (tenant) =>
    verify(databaseSource({ database: t.role("auditor"), bodies: true }), NOTHING_PINNED, {
      ...options,
      tenants: [tenant],
    }),
});
let acme: TestTenant;
let key: string;
let first: EntryId;
const entry = (n: number): NewEntry =>
  sampleEntry(
    { n },
    {
      initiator: { type: "human", id: String(n % 3) },
      target: { type: "pull_request", id: `77#${n}` },
      requestId: `r${n}`,
    },
  );
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  key = (await stage.key(acme)).text;
  first = await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry(0)));
  await t.db.withTenant(acme.claim, async (tx) => {
    for (let n = 1; n < 300; n++) await t.append(tx, entry(n));
  });
  await log.epoch();
});

const bytes = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

describe("A2 the log over HTTP", () => {
  it("is complete: the checklist, reading through a key alone, finds signature, trees and bodies in order", async () => {
    const source = filesSource({
      async read(path, maxBytes) {
        const response = await stage.get(`/audit/${path}`, path.startsWith("t/") ? key : undefined);
        const file = await bytes(response);
        if (response.status === 404) return { kind: "absent" };
        if (!response.ok || file.length > maxBytes) return { kind: "unreadable", why: String(response.status) };
        return found(file);
      },
    });
    const { vkey } = await log.broker.identity();
    const report = await verify(
      source,
      { ...NOTHING_PINNED, key: parseVkey(sha256, vkey) },
      { ...options, tenants: [acme.id] },
    );
    expect(report.verdicts.map(({ question, state }) => `${question} ${state}`)).toEqual(
      expect.arrayContaining(["signature verified", "tree verified", "bodies verified"]),
    );
    expect(report.counts.entries).toBeGreaterThan(300);
  });

  it("epochs are everybody's; a full tile may be kept for ever, a checkpoint not at all", async () => {
    const checkpoint = await stage.get("/audit/epochs/checkpoint");
    expect(checkpoint.status).toBe(200);
    expect(checkpoint.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(checkpoint.headers.get("cache-control")).toBe("no-store");
    const partial = await stage.get("/audit/epochs/tile/0/000.p/1");
    expect(partial.headers.get("content-type")).toBe("application/octet-stream");
    expect(partial.headers.get("cache-control")).toBe("public, max-age=300, immutable");
    const full = await stage.get(`/audit/t/${acme.id}/tile/0/000`, key);
    expect(full.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
  });

  it("a tile's hashes are those of the entries in its bundle", async () => {
    const tile = hashesOf(await bytes(await stage.get(`/audit/t/${acme.id}/tile/0/000`, key))) ?? [];
    const leaves = unbundle(await bytes(await stage.get(`/audit/t/${acme.id}/tile/entries/000`, key))) ?? [];
    expect(leaves).toHaveLength(256);
    expect(leaves.map((leaf) => Buffer.from(leafHash(sha256, leaf)).toString("hex"))).toEqual(
      tile.map((hash) => Buffer.from(hash).toString("hex")),
    );
  });

  it("says who cosigns: nobody yet", async () => {
    expect(await (await stage.get("/audit/epochs/witnesses")).json()).toEqual({ quorum: "no witness", witnesses: [] });
  });

  it.each([
    "tile/0/1",
    "tile/0/0000",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/00/000",
    "tile/-1/000",
    "tile/64/000",
    "tile/0/x000/000",
    "tile/0/x999/x999/x999/x999/999",
    "tile/0/999",
    "tile/entries/001",
    "tile/entries/000.p/257",
    "tile/entries",
    "tile/0/000/",
    "tile/0/000%00",
    "tile/0/%2e%2e/checkpoint",
    "tile/../../epochs/checkpoint/x",
    "tile/0/000;drop table audit.leaf",
    "bodies/0",
    "bodies/tile/entries/000",
    "bodies/999",
    "slots/999",
    "keys/000",
    "head",
  ])("there is nothing at %s", async (path) => {
    const response = await stage.get(`/audit/t/${acme.id}/${path}`, key);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ title: "There is nothing here." });
  });
});

const page = z.object({
  entries: z.array(z.object({ id: z.string(), index: z.number().nullable(), kind: z.string() })),
  next: z.string().nullable(),
});
const pageOf = async (query: string) => page.parse(await (await stage.get(`/audit/entries?${query}`, key)).json());

describe("entries over HTTP", () => {
  it("a walk through all pages meets each entry once, while its own reads are being written", async () => {
    const seen: string[] = [];
    for (let next: string | null = "n."; next !== null;) {
      const found: z.infer<typeof page> = await pageOf(`limit=50&cursor=${next}`);
      seen.push(...found.entries.map(({ id }) => id));
      next = found.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain(first);
    expect(seen.length).toBeGreaterThanOrEqual(302);
  });

  it("filters by what is sealed", async () => {
    const found = await pageOf("actor=human:1&kind=gate.verdict&limit=200");
    expect(found.entries).toHaveLength(100);
  });

  it.each([
    "limit=0",
    "limit=201",
    "limit=1e9",
    "limit=-1",
    "limit=10&limit=20",
    "cursor=n.1",
    "cursor=o.0&order=newest",
    "order=random",
    "kind=gate.verdcit",
    "kind=gate.verdict'--",
    "since=yesterday",
    "since=2026-11-21&until=2026-11-20",
    "actor=",
    "actor=%00",
    "kinds=gate.verdict",
    "tenant=globex",
    `actor=${"x".repeat(600)}`,
    "__proto__=1",
  ])("?%s is refused whole, and says what there is", async (query) => {
    const response = await stage.get(`/audit/entries?${query}`, key);
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain("urn:countersign:error:input_invalid");
    expect(text).not.toContain('"entries"');
  });
});

describe("the proof of one entry over HTTP", () => {
  it("leads from the entry to the signed epoch", async () => {
    const response = await stage.get(`/audit/proof/${first}`, key);
    const proof = parseTlogProof(await response.text());
    if (proof.kind === "malformed") throw new Error(proof.why);
    const extra = z
      .object({ leaf: z.string(), epoch: z.string() })
      .parse(JSON.parse(Buffer.from(proof.extra ?? []).toString("utf8")));
    expect(extra.leaf).toContain(first);
    const note = parseNote(proof.checkpoint);
    const checkpoint = note.kind === "note" ? parseCheckpoint(note.body) : note;
    if (checkpoint.kind === "malformed") throw new Error(checkpoint.why);
    expect(
      verifyInclusion(sha256, {
        leaf: leafHash(sha256, Buffer.from(extra.epoch)),
        index: proof.index,
        size: checkpoint.size,
        root: checkpoint.root,
        proof: proof.hashes,
      }),
    ).toBe(true);
  });

  it("an entry that no checkpoint covers yet is told from one that is not there", async () => {
    const late = await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry(1000)));
    const pending = await stage.get(`/audit/proof/${late}`, key);
    expect([pending.status, pending.headers.get("retry-after")]).toEqual([409, "300"]);
    for (const id of ["01ff0000-0000-7000-8000-00000000beef", "x", "..%2f..", `${first}'`])
      expect((await stage.get(`/audit/proof/${id}`, key)).status).toBe(404);
  });
});

describe("the server about itself", () => {
  it("verifies, and says plainly how little that proves and how to ask without it", async () => {
    const answer = z
      .object({
        state: z.string(),
        by: z.string(),
        says: z.string(),
        offline: z.string(),
        verdicts: z.array(z.unknown()),
      })
      .parse(await (await stage.get("/audit/verify", key)).json());
    expect(answer.says).toContain("proves nothing against whoever runs the server");
    expect(answer.offline).toContain(`countersign audit verify https://countersign.example/audit --tenant ${acme.id}`);
    expect(answer.verdicts).toHaveLength(5);
  });

  it("is slow on purpose: a key asks for it twice a minute", async () => {
    const own = (await stage.key(acme)).text;
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push((await stage.get("/audit/verify", own)).status);
    expect(answers).toEqual([200, 200, 429]);
  });
});
