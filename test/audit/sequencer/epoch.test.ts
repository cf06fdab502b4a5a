import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { compareWithSigner, proveEntry, readCheckpoint } from "#audit/io";
import { EPOCHS, logOf, type EntryProof, type HeadToSign } from "#audit";
import { PLATFORM_LOG, type EntryId } from "#kernel";
import {
  canonicalBytes,
  hex,
  leafHash,
  parseCheckpoint,
  parseNote,
  parseVkey,
  verifies,
  verifyInclusion,
  type Checkpoint,
} from "#verifier";
import type { EpochSigner } from "../../../src/audit/io/sequencer/open.ts";
import { verifyEd25519 } from "../../../src/audit/io/ed25519.ts";
import { headsAt } from "../../../src/audit/io/sequencer/slot-heads.ts";
import { slotHashes } from "../../../src/audit/slots.ts";
import { sha256 } from "../../../src/audit/io/sha256.ts";
import { sampleEntry } from "../../support/attack.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { checkLogs } from "../../support/log-check.ts";
import { drain, sequencing } from "../../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

const append = (tenant: TestTenant, body = "x") =>
  t.db.withTenant(tenant.claim, (tx) => t.append(tx, sampleEntry(body)));

function checkpointIn(note: string): Checkpoint {
  const parsed = parseNote(note);
  const checkpoint = parsed.kind === "note" ? parseCheckpoint(parsed.body) : parsed;
  if (checkpoint.kind !== "checkpoint") throw new Error(checkpoint.why);
  return checkpoint;
}

const epochLeaf = z.looseObject({
  epoch: z.number(),
  slots: z.object({ root: z.string(), size: z.number() }),
  tenants: z.number(),
  events: z.array(z.looseObject({ kind: z.string() })),
  fingerprint: z.string(),
  expected: z.string(),
  previous: z.string(),
});
const slotLeaf = z.looseObject({
  slot: z.number(),
  log: z.string(),
  size: z.number(),
  root: z.string(),
  previous: z.string(),
});
const json = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString("utf8"));

/** The whole way, checked as an auditor would with what an entry's holder was given. */
async function checkProof(proof: EntryProof, tenant: TestTenant): Promise<void> {
  const leafOf = (bytes: Uint8Array) => leafHash(sha256, bytes);
  for (const step of [proof.entry, proof.slot, proof.epoch])
    expect(verifyInclusion(sha256, { ...step, leaf: leafOf(step.leaf) })).toBe(true);
  const slot = slotLeaf.parse(json(proof.slot.leaf));
  const epoch = epochLeaf.parse(json(proof.epoch.leaf));
  expect(slot).toMatchObject({
    size: proof.entry.size,
    root: hex(proof.entry.root),
    log: `log.example/t/${tenant.id}`,
  });
  expect(epoch.slots).toEqual({ root: hex(proof.slot.root), size: proof.slot.size });
  expect(epoch.epoch).toBe(proof.epoch.index);
  const [own, all] = [checkpointIn(proof.tenantCheckpoint.note), checkpointIn(proof.checkpoint.note)];
  expect({ size: own.size, root: hex(own.root) }).toEqual({ size: slot.size, root: slot.root });
  expect({ size: all.size, root: hex(all.root) }).toEqual({ size: proof.epoch.size, root: hex(proof.epoch.root) });
  const key = parseVkey(sha256, (await log.broker.identity()).vkey);
  for (const { note } of [proof.tenantCheckpoint, proof.checkpoint]) {
    const parsed = parseNote(note);
    if (key === null || parsed.kind !== "note") throw new Error("malformed");
    const name = checkpointIn(note).origin;
    expect(await verifies(sha256, verifyEd25519, parsed, { ...key, name })).toMatchObject({ kind: "verified" });
  }
}

const prove = (tenant: TestTenant, entryId: EntryId) =>
  t.db.withTenant(tenant.claim, (tx) => proveEntry(tx, { tenantId: tenant.id, entryId }));

async function proven(tenant: TestTenant, entryId: EntryId): Promise<EntryProof> {
  const answer = await prove(tenant, entryId);
  if (answer.kind !== "proven") throw new Error(answer.kind);
  return answer;
}

describe("A1 an epoch", () => {
  it("commits every tenant's head at its slot and is signed; each entry is proven from there", async () => {
    const ids = [await append(acme), await append(globex), await append(acme)];
    expect(await prove(acme, ids[0] ?? never())).toEqual({ kind: "pending", index: null });
    await log.sequence();
    expect(await prove(acme, ids[0] ?? never())).toEqual({ kind: "pending", index: 2 });
    expect(await log.epoch()).toBe(0);
    await checkProof(await proven(acme, ids[0] ?? never()), acme);
    await checkProof(await proven(globex, ids[1] ?? never()), globex);
    expect(await prove(globex, ids[0] ?? never())).toEqual({ kind: "no_such_entry" });
  });

  it("a proof is the same for the verifier's role as for the tenant itself", async () => {
    const id = await append(acme);
    await log.epoch();
    const answer = await t.role("verifier").transaction((tx) => proveEntry(tx, { tenantId: acme.id, entryId: id }));
    expect(answer).toEqual(await prove(acme, id));
  });

  it("a head that did not move is committed again, with no new tenant checkpoint", async () => {
    const id = await append(acme);
    await log.epoch();
    const before = await proven(acme, id);
    await append(globex);
    await log.epoch();
    const after = await proven(acme, id);
    await checkProof(after, acme);
    expect(after.tenantCheckpoint).toEqual(before.tenantCheckpoint);
    expect(after.epoch.index).toBe(before.epoch.index + 1);
    expect(slotLeaf.parse(json(after.slot.leaf)).previous).not.toBe(slotLeaf.parse(json(before.slot.leaf)).previous);
  });

  it("each epoch names the checkpoint of the one before: a head is bounded below in time", async () => {
    const previous = await t.db.withPlatform((tx) => readCheckpoint(tx, EPOCHS));
    const body = previous === null ? null : parseNote(previous.note);
    const id = await append(acme);
    await log.epoch();
    const proof = await proven(acme, id);
    if (body?.kind !== "note") throw new Error("malformed");
    const expected = hex(sha256(new TextEncoder().encode(body.body)));
    expect(slotLeaf.parse(json(proof.slot.leaf)).previous).toBe(expected);
    expect(epochLeaf.parse(json(proof.epoch.leaf)).previous).toBe(expected);
  });

  it("counts every log, and says what the guards are and should be", async () => {
    const id = await append(acme);
    await log.epoch();
    const leaf = epochLeaf.parse(json((await proven(acme, id)).epoch.leaf));
    expect(leaf.tenants).toBe(3);
    expect(leaf.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(canonicalBytes(z.json().parse(json((await proven(acme, id)).epoch.leaf)))).toEqual(
      new Uint8Array((await proven(acme, id)).epoch.leaf),
    );
  });

  it("a tenant sees no other's head, and another's slot only as a salted hash", async () => {
    const rows = await t.db.withTenant(acme.claim, (tx) =>
      Promise.all([readCheckpoint(tx, logOf(globex.id)), readCheckpoint(tx, logOf(PLATFORM_LOG))]),
    );
    expect(rows).toEqual([null, null]);
  });

  it("every slot leaf of the past can be made again", async () => {
    await append(globex);
    await log.epoch();
    const rows = await t.adminSql(
      "select e.epoch::int, s.hashes from audit.epoch e join audit.epoch_slots s using (epoch)",
    );
    const verifier = t.role("verifier");
    for (const { epoch, hashes } of z
      .array(z.object({ epoch: z.number(), hashes: z.instanceof(Uint8Array) }))
      .parse(rows)) {
      const heads = await verifier.transaction((tx) => headsAt(tx, "log.example", epoch));
      const [facts] = await t.adminSql("select incarnation, previous from audit.epoch where epoch = $1", [epoch]);
      const parsed = z.object({ incarnation: z.number(), previous: z.string() }).parse(facts);
      expect(hex(Buffer.concat(slotHashes(sha256, parsed, heads)))).toBe(hex(hashes));
    }
  });
});

interface FlakySigner extends EpochSigner {
  /** `after`: it signs, and the answer is lost on its way. */
  fail: "no" | "before" | "after";
  asked: HeadToSign[][];
}

function flaky(): FlakySigner {
  const { broker } = log;
  const signer: FlakySigner = {
    ...broker,
    fail: "no",
    asked: [],
    async sign(heads) {
      signer.asked.push([...heads]);
      if (signer.fail === "before") throw new Error("the signer is away");
      const answers = await broker.sign(heads);
      if (signer.fail === "after") throw new Error("the answer was lost");
      return answers;
    },
  };
  return signer;
}

describe("A1 a crash at any step of an epoch", () => {
  it.each<"before" | "after">(["before", "after"])(
    "%s the signer signed: the next sequencer has the same leaf signed, and goes on",
    async (when) => {
      const signer = flaky();
      const id = await append(acme);
      const first = await log.open({ signer });
      await drain(first);
      signer.fail = when;
      await expect(first.epoch()).rejects.toThrow();
      const [{ leaf } = {}] = await t.adminSql("select leaf from audit.epoch order by epoch desc limit 1");
      signer.fail = "no";
      await append(acme);
      const next = await log.open({ signer });
      await drain(next);
      expect((await prove(acme, id)).kind).toBe("pending");
      await next.epoch();
      const epochs = await t.adminSql("select leaf from audit.epoch order by epoch desc limit 2");
      expect(epochs[1]?.["leaf"]).toEqual(leaf);
      await checkProof(await proven(acme, id), acme);
    },
  );

  it("between the tenants' heads and the epoch's own: what is signed is not asked again", async () => {
    const signer = flaky();
    await append(acme);
    await append(globex);
    const first = await log.open({ signer });
    await drain(first);
    const { sign } = signer;
    signer.sign = async (heads) => {
      if (heads.some(({ origin }) => origin.endsWith("/epochs"))) throw new Error("away");
      return sign(heads);
    };
    await expect(first.epoch()).rejects.toThrow("away");
    signer.sign = sign;
    signer.asked.length = 0;
    const next = await log.open({ signer });
    await next.epoch();
    expect(signer.asked[0]?.map(({ origin }) => origin)).toEqual(["log.example/epochs"]);
  });

  it("the sequencer dies before the epoch's leaf is committed: nothing of it is there", async () => {
    const before = await t.adminSql("select max(epoch) as epoch from audit.epoch");
    const signer = flaky();
    const sequencer = await log.open({
      signer: { ...signer, identity: () => Promise.reject(new Error("the signer is away")) },
    });
    await expect(sequencer.epoch()).rejects.toThrow("away");
    expect(await t.adminSql("select max(epoch) as epoch from audit.epoch")).toEqual(before);
  });

  it("while the signer is away entries are taken and get their places", async () => {
    const signer = flaky();
    signer.fail = "before";
    const sequencer = await log.open({ signer });
    await append(acme);
    await expect(sequencer.epoch()).rejects.toThrow("away");
    await append(acme);
    expect(await drain(sequencer)).toBe(2);
    signer.fail = "no";
    await sequencer.epoch();
    await checkLogs(t);
  });
});

describe("A3 the signer knows what it signed", () => {
  it("a database that has what was signed passes", async () => {
    await append(acme);
    await log.epoch();
    await compareWithSigner(t.role("sequencer"), log.broker);
  });

  it("a signer whose store was lost is refused", async () => {
    const empty = { ...log.broker, last: () => Promise.resolve(null) };
    await expect(compareWithSigner(t.role("sequencer"), empty)).rejects.toMatchObject({ code: "log_diverged" });
  });

  it("a log cut below its last epoch is not signed", async () => {
    await log.epoch();
    const sequencer = await log.open();
    await t.adminSql("alter table audit.head_at disable trigger append_only");
    const change =
      "update audit.head_at set size = size + $2 where tenant_id = $1 and epoch = (select max(epoch) from audit.head_at where tenant_id = $1)";
    await t.adminSql(change, [acme.id, 1]);
    await expect(sequencer.epoch()).rejects.toMatchObject({ code: "log_diverged" });
    await t.adminSql(change, [acme.id, -1]);
    await t.adminSql("alter table audit.head_at enable always trigger append_only");
    await log.open();
  });
});

function never(): never {
  throw new Error("no such entry in this test");
}
