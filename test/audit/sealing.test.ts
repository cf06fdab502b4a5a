import { createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { entryId, type EntryId } from "#kernel";
import type { NewEntry } from "#audit";
import type { ReadEntry } from "#audit/io";
import { canonicalBytes } from "#verifier";
import { asOperator, sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

const append = (entry: NewEntry, tenant = acme): Promise<EntryId> =>
  t.db.withTenant(tenant.claim, (tx) => t.append(tx, entry));
async function read(id: EntryId, tenant = acme): Promise<ReadEntry> {
  return (await t.db.withTenant(tenant.claim, (tx) => t.audit.entryById(tx, id))) ?? expect.unreachable();
}
const given = (text: string): EntryId => entryId(text) ?? expect.unreachable();
const part = z.object({
  nonce: z.instanceof(Uint8Array),
  ct: z.instanceof(Uint8Array),
  key_id: z.string(),
  part: z.int(),
});
const partsOf = async (id: EntryId) =>
  z
    .array(part)
    .parse(await t.adminSql("select nonce, ct, key_id, part from audit.body where entry_id = $1 order by part", [id]));
const leafOf = async (id: EntryId): Promise<string> =>
  String(
    (await t.adminSql("select convert_from(leaf, 'UTF8') as leaf from audit.entry where entry_id = $1", [id]))[0]?.leaf,
  );
const sha256 = (...bytes: Uint8Array[]): string => createHash("sha256").update(Buffer.concat(bytes)).digest("hex");

/** What only a superuser can do, after taking the guards away. */
async function tamper(text: string, values: readonly unknown[] = []): Promise<void> {
  await t.adminSql("alter table audit.body disable trigger append_only");
  try {
    await t.adminSql(text, values);
  } finally {
    await t.adminSql("alter table audit.body enable always trigger append_only");
  }
}

describe("T3 a body is sealed under its tenant's own key", () => {
  it("the written format opens with nothing but the published recipe", async () => {
    const id = await append(sampleEntry({ note: "naïve – ✓" }));
    const [op] = await partsOf(id);
    if (op === undefined) return expect.unreachable();
    const dek = await t.db.withTenant(acme.claim, async (tx) => (await t.keys.opening(tx, [op.key_id])).get(op.key_id));
    if (dek?.kind !== "key") return expect.unreachable();
    const key = Buffer.from(hkdfSync("sha256", dek.key, "", `countersign/audit/v1/${id}/0`, 32));
    const decipher = createDecipheriv("aes-256-gcm", key, op.nonce)
      .setAAD(Buffer.from(`countersign/audit/v1\n${acme.id}\n${id}\n0`))
      .setAuthTag(op.ct.subarray(-16));
    const text = Buffer.concat([decipher.update(op.ct.subarray(0, -16)), decipher.final()]);
    expect(JSON.parse(text.toString("utf8"))).toEqual((await read(id)).body);
    expect(op.nonce).toHaveLength(12);
    expect(JSON.parse(await leafOf(id))).toMatchObject({
      body: [{ h: sha256(op.nonce, op.ct), kc: sha256(Buffer.from("kc"), key), len: op.ct.length }],
    });
  });

  it("A1 observer, initiator, target, action and outcome are always there, trace and tool call where they are known (OCSF)", async () => {
    const id = await append(
      sampleEntry("x", {
        policyVersion: "p7",
        action: "merge",
        trace: { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", toolCallId: "call_1" },
      }),
    );
    expect((await read(id)).body).toEqual({
      observer: { type: "app", id: "countersign" },
      initiator: { type: "human", id: "7" },
      target: { type: "pull_request", id: "1/2" },
      action: "merge",
      outcome: "success",
      requestId: "r1",
      policyVersion: "p7",
      trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
      span_id: "00f067aa0ba902b7",
      "gen_ai.tool.call.id": "call_1",
      payload: "x",
    });
    expect((await read(await append(sampleEntry("y")))).body).toMatchObject({
      action: "gate.verdict",
      policyVersion: null,
    });
  });

  it("the same content twice gives nothing in common: neither ciphertext nor commitment", async () => {
    const [one, other] = [await append(sampleEntry("same")), await append(sampleEntry("same"))];
    const [a, b] = [(await partsOf(one))[0], (await partsOf(other))[0]];
    expect(Buffer.from(a?.ct ?? []).equals(Buffer.from(b?.ct ?? []))).toBe(false);
    const bodies = z.object({ body: z.array(z.object({ h: z.string(), kc: z.string() })) });
    const [x, y] = [bodies.parse(JSON.parse(await leafOf(one))), bodies.parse(JSON.parse(await leafOf(other)))];
    expect(x.body[0]?.kc).not.toBe(y.body[0]?.kc);
  });

  it("neither table nor leaf holds a word of it", async () => {
    await append(
      sampleEntry("a very particular sentence", { personal: { subject: "github:7", data: "mallory@example.com" } }),
    );
    const found = await t.adminSql(
      `select from audit.body where encode(ct, 'escape') ~ 'particular|mallory'
       union all select from audit.entry where convert_from(leaf, 'UTF8') ~ 'particular|mallory'
       union all select from audit.search s where s::text ~ 'particular|mallory'`,
    );
    expect(found).toEqual([]);
  });
});

describe("what concerns one person is sealed under theirs", () => {
  const personal = { subject: "github:4711", data: { mail: "ann@example.com" } };

  it("is a part of its own, read only when asked for", async () => {
    const id = await append(sampleEntry("op", { personal }));
    expect((await partsOf(id)).map((each) => each.part)).toEqual([0, 1]);
    expect((await read(id)).personal).toMatchObject({ kind: "open", value: personal.data });
    const [listed] = await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 1 }));
    expect(listed?.personal).toEqual({ kind: "unread" });
  });

  it("erased alone: everything else stays readable, nothing is missing and nothing looks altered", async () => {
    const hers = await append(sampleEntry("op stays", { personal }));
    const his = await append(sampleEntry("his", { personal: { subject: "github:5", data: "his" } }));
    await asOperator(t, acme, (tx) => t.keys.destroySubject(tx, personal.subject));
    expect(await read(hers)).toMatchObject({ personal: { kind: "erased" }, body: { payload: "op stays" } });
    expect((await read(his)).personal).toMatchObject({ kind: "open" });
    await checkWorld(t);
  });

  it("case 16: the same id with other personal data is a fault", async () => {
    const id = given("01ff0000-0000-7000-8000-0000000000b1");
    const entry = (data: string): NewEntry => sampleEntry("x", { id, personal: { subject: "github:6", data } });
    await append(entry("one"));
    await append(entry("one"));
    await expect(append(entry("other"))).rejects.toMatchObject({ code: "invariant_broken" });
    await expect(append(sampleEntry("x", { id }))).rejects.toMatchObject({ code: "invariant_broken" });
  });
});

describe("A3 a body that is not what its leaf commits to is told from one that was erased", () => {
  it.each<[string, string]>([
    ["case 1: a ciphertext byte is flipped", "set ct = set_byte(ct, 3, get_byte(ct, 3) # 1)"],
    [
      "a byte of the tag is flipped",
      "set ct = set_byte(ct, octet_length(ct) - 1, get_byte(ct, octet_length(ct) - 1) # 1)",
    ],
    ["its nonce is another", "set nonce = set_byte(nonce, 0, get_byte(nonce, 0) # 1)"],
    ["a byte is added", "set ct = ct || '\\x00'"],
    ["it is cut off", "set ct = substring(ct for 10)"],
    ["it is emptied", "set ct = ''"],
    ["its key is nobody's", "set key_id = '01ff0000-0000-7000-8000-0000000000ff'"],
    ["its key is no key at all", "set key_id = 'none'"],
    ["it is passed off as one from before bodies were sealed", "set key_id = null"],
  ])("%s: tampered", async (_, change) => {
    const id = await append(sampleEntry("to be altered"));
    await tamper(`update audit.body ${change} where entry_id = $1`, [id]);
    expect(await read(id)).toMatchObject({ op: { kind: "tampered" }, body: null });
  });

  it("case 13: two ciphertexts are swapped: both tampered", async () => {
    const [one, other] = [await append(sampleEntry("one")), await append(sampleEntry("two"))];
    await tamper(
      `update audit.body b set nonce = o.nonce, ct = o.ct, key_id = o.key_id from audit.body o
       where (b.entry_id, o.entry_id) in (($1, $2), ($2, $1))`,
      [one, other],
    );
    for (const id of [one, other]) expect((await read(id)).op.kind).toBe("tampered");
  });

  it("case 18: another key than the committed one is never used, though it be the tenant's own", async () => {
    const id = await append(sampleEntry("one text only"));
    const other = await t.db.withTenant(acme.claim, (tx) => t.keys.sealing(tx, { purpose: "evidence" }));
    await tamper("update audit.body set key_id = $2 where entry_id = $1", [id, other.id]);
    expect((await read(id)).op).toMatchObject({ kind: "tampered", why: expect.stringContaining("key") });
  });

  it("its row is gone: missing", async () => {
    const id = await append(sampleEntry("to be removed"));
    await tamper("delete from audit.body where entry_id = $1", [id]);
    expect((await read(id)).op).toEqual({ kind: "missing" });
  });

  it("case 20: the tenant's key is destroyed: erased, every one of them", async () => {
    const hooli = await t.tenant("hooli", 9);
    const id = await append(sampleEntry("gone"), hooli);
    await t.keys.destroyTenant(hooli.id);
    expect(await read(id, hooli)).toMatchObject({ op: { kind: "erased" }, body: null });
  });

  it("fail closed: the key is disabled: nothing is read, and it is not called erased", async () => {
    const initech = await t.tenant("initech", 10);
    const id = await append(sampleEntry("later"), initech);
    await t.keys.disableTenant(initech.id);
    await expect(read(id, initech)).rejects.toMatchObject({ code: "keys_unavailable" });
    await expect(append(sampleEntry("not now"), initech)).rejects.toMatchObject({ code: "keys_unavailable" });
    await t.keys.enableTenant(initech.id);
    expect((await read(id, initech)).body).toMatchObject({ payload: "later" });
  });

  it("one from before bodies were sealed still reads, and is still held against its leaf", async () => {
    const id = given("01ff0000-0000-7000-8000-0000000000c1");
    const [nonce, text] = [Buffer.alloc(16, 7), Buffer.from(canonicalBytes({ payload: "old" }))];
    const leaf = canonicalBytes({
      v: 1,
      id,
      log: acme.id,
      ts: new Date().toISOString(),
      kind: "gate.verdict",
      outcome: "success",
      body: [
        {
          h: sha256(nonce, text),
          len: text.length,
        },
      ],
    });
    await t.adminSql("insert into audit.entry (tenant_id, entry_id, leaf) values ($1, $2, $3)", [
      acme.id,
      id,
      Buffer.from(leaf),
    ]);
    const insert = "insert into audit.body (tenant_id, entry_id, part, nonce, ct) values ($1, $2, 0, $3, $4)";
    await t.adminSql(insert, [acme.id, id, nonce, text]);
    expect((await read(id)).body).toEqual({ payload: "old" });
    await tamper("update audit.body set ct = 'x' || substring(ct from 2) where entry_id = $1", [id]);
    expect((await read(id)).op.kind).toBe("tampered");
  });
});
