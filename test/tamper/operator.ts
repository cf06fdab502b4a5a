// An operator with every right in the database: the guards are off, and whatever follows from a change is computed anew.

import { createHash } from "node:crypto";
import { z } from "zod";
import { openSequencer, type OpenSequencer, type SequencerParts } from "#audit/io";
import {
  canonicalBytes,
  chainAfter,
  CHAIN_START,
  formatCheckpoint,
  formatNote,
  hex,
  leafHash,
  parseCheckpoint,
  rootOf,
  sha256,
  type Checkpoint,
  type Hash,
} from "#verifier";
import { headsAt } from "../../src/audit/io/sequencer/slot-heads.ts";
import { slotHashes } from "../../src/audit/slots.ts";
import { sampleEntry } from "../support/attack.ts";
import { logLine, signingKey } from "../support/audit-log/keys.ts";
import type { TestDatabase, TestTenant } from "../support/database.ts";

export const BASE = "log.example";
export const KEY = signingKey(`${BASE}/epochs`, "the log's key");

const signed = (origin: string, size: number, root: Hash): string => {
  const body = formatCheckpoint({ origin, size, root });
  return formatNote(body, [logLine(KEY, origin, body)]);
};

const signer: SequencerParts["signer"] = {
  rotation: async () => null,
  identity: async () => ({ base: BASE, vkey: KEY.vkey }),
  last: async () => null,
  sign: async (heads) => heads.map(({ origin, size, root }) => ({ kind: "signed", note: signed(origin, size, root) })),
};

const bytes = z.instanceof(Uint8Array);
const epochRow = z.object({ epoch: z.coerce.number(), leaf: bytes, incarnation: z.number() });
const epochLeaf = z.looseObject({ slots: z.object({ root: z.string(), size: z.number() }), previous: z.string() });

/** A log of three epochs in a real database, with its tables unguarded. */
export class Operated {
  readonly #t: TestDatabase;
  readonly #sequencer: OpenSequencer;
  readonly tenant: TestTenant;

  private constructor(t: TestDatabase, sequencer: OpenSequencer, tenant: TestTenant) {
    this.#t = t;
    this.#sequencer = sequencer;
    this.tenant = tenant;
  }

  static async story(t: TestDatabase): Promise<Operated> {
    const tenant = await t.tenant("acme", 1);
    const sequencer = await openSequencer({ database: t.role("sequencer"), signer, build: "test", now: Date.now });
    const operated = new Operated(t, sequencer, tenant);
    for (let n = 0; n < 3; n++) {
      await operated.append(5);
      await operated.epoch();
    }
    const tables = await t.adminSql(
      "select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'audit' and c.relkind in ('r', 'p')",
    );
    for (const { name } of tables) await t.adminSql(`alter table ${String(name)} disable trigger all`);
    return operated;
  }

  sql(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    return this.#t.adminSql(text, values);
  }

  async append(count: number): Promise<void> {
    for (let i = 0; i < count; i++)
      await this.#t.db.withTenant(this.tenant.claim, (tx) => this.#t.append(tx, sampleEntry(`entry ${i}`)));
    for (let batch = await this.#sequencer.batch(); batch.kind !== "clock" && batch.entries > 0;)
      batch = await this.#sequencer.batch();
  }

  async epoch(): Promise<void> {
    if ((await this.#sequencer.epoch()) === null) throw new Error("the epoch was not committed");
  }

  /** The newest checkpoints, as somebody outside holds them. */
  async checkpoints(): Promise<readonly Checkpoint[]> {
    const rows = await this.sql(
      `(select note from audit.checkpoint order by epoch desc limit 1)
       union all (select note from audit.tenant_checkpoint where tenant_id = '${this.tenant.id}' order by epoch desc limit 1)`,
    );
    return rows.map(({ note }) => {
      const checkpoint = parseCheckpoint(String(note).slice(0, String(note).indexOf("\n\n") + 1));
      if (checkpoint.kind === "malformed") throw new Error(checkpoint.why);
      return checkpoint;
    });
  }

  async entryAt(index: number): Promise<{ readonly id: string; readonly hash: Hash }> {
    const [row] = await this.sql("select entry_id, leaf_hash from audit.leaf where tenant_id = $1 and idx = $2", [
      this.tenant.id,
      index,
    ]);
    return { id: String(row?.["entry_id"]), hash: bytes.parse(row?.["leaf_hash"]) };
  }

  /** Indexes without a gap again, in the old order. */
  async renumber(): Promise<void> {
    await this.sql(
      `with fresh as (select idx, row_number() over (order by idx) - 1 as n from audit.leaf where tenant_id = $1)
       update audit.leaf l set idx = -1 - fresh.n from fresh where l.tenant_id = $1 and l.idx = fresh.idx`.replace(
        "-1 - fresh.n",
        "fresh.n + 1000000",
      ),
      [this.tenant.id],
    );
    await this.sql("update audit.leaf set idx = idx - 1000000 where tenant_id = $1", [this.tenant.id]);
  }

  /** The leaf hashes that follow from the entries; the chain stays. */
  async rehash(): Promise<void> {
    await this.sql(
      `update audit.leaf l set leaf_hash = e.leaf_hash from audit.entry e
       where l.tenant_id = $1 and e.tenant_id = l.tenant_id and e.entry_id = l.entry_id`,
      [this.tenant.id],
    );
  }

  /** Hashes, chain, heads, slots and epochs as if it had always been so. `shift`: entries more in every head from the second epoch on. */
  async rechain(shift = 0): Promise<void> {
    await this.rehash();
    const { id } = this.tenant;
    const rows = await this.sql("select leaf_hash from audit.leaf where tenant_id = $1 order by idx", [id]);
    const hashes = rows.map((row) => bytes.parse(row["leaf_hash"]));
    const chains: Hash[] = [];
    for (const hash of hashes) chains.push(chainAfter(sha256, chains.at(-1) ?? CHAIN_START, hash));
    for (const [i, chain] of chains.entries())
      await this.sql("update audit.leaf set chain = $3 where tenant_id = $1 and idx = $2", [id, i, chain]);
    const heads = await this.sql("select epoch, size from audit.head_at where tenant_id = $1 order by epoch", [id]);
    for (const [i, head] of heads.entries()) {
      const size = Number(head["size"]) + (i > 0 ? shift : 0);
      await this.#setHead("head_at", size, hashes, chains, Number(head["epoch"]));
    }
    await this.#setHead("head", hashes.length, hashes, chains, null);
    await this.#remakeEpochs();
  }

  async #setHead(
    table: "head" | "head_at",
    size: number,
    hashes: readonly Hash[],
    chains: readonly Hash[],
    epoch: number | null,
  ): Promise<void> {
    const root = rootOf(sha256, hashes.slice(0, size));
    await this.sql(
      `update audit.${table} set size = $2, root = $3, chain = $4 where tenant_id = $1 ${epoch === null ? "" : `and epoch = ${epoch}`}`,
      [this.tenant.id, size, Buffer.from(root), chains[size - 1] ?? CHAIN_START],
    );
  }

  async #remakeEpochs(): Promise<void> {
    const rows = z
      .array(epochRow)
      .parse(await this.sql("select epoch, leaf, incarnation from audit.epoch order by epoch"));
    const leaves: Hash[] = [];
    const origin = `${BASE}/epochs`;
    for (const { epoch, leaf, incarnation } of rows) {
      const before = formatCheckpoint({ origin, size: epoch, root: rootOf(sha256, leaves) });
      const previous = epoch === 0 ? "" : createHash("sha256").update(before).digest("hex");
      const heads = await this.#t.role("auditor").transaction((tx) => headsAt(tx, BASE, epoch));
      const slots = slotHashes(sha256, { incarnation, previous }, heads);
      const old = epochLeaf.parse(JSON.parse(Buffer.from(leaf).toString()));
      const made = canonicalBytes({
        ...old,
        slots: { root: hex(rootOf(sha256, slots)), size: slots.length },
        previous,
      });
      leaves.push(leafHash(sha256, made));
      await this.sql("update audit.epoch set leaf = $2, root = $3, previous = $4 where epoch = $1", [
        epoch, Buffer.from(made), Buffer.from(rootOf(sha256, leaves)), previous,
      ]); // prettier-ignore
      await this.sql("update audit.epoch_slots set hashes = $2 where epoch = $1", [
        epoch,
        Buffer.concat(slots.map((slot) => Buffer.from(slot))),
      ]);
    }
  }

  /** With the stolen key: every checkpoint says what the database says. */
  async resign(): Promise<void> {
    for (const row of await this.sql("select epoch, root from audit.epoch"))
      await this.sql("update audit.checkpoint set note = $2 where epoch = $1", [
        row["epoch"], signed(`${BASE}/epochs`, Number(row["epoch"]) + 1, bytes.parse(row["root"])),
      ]); // prettier-ignore
    for (const row of await this.sql("select epoch, tenant_id, size, root from audit.head_at"))
      await this.sql("update audit.tenant_checkpoint set note = $3, size = $4 where epoch = $1 and tenant_id = $2", [
        row["epoch"], row["tenant_id"], signed(`${BASE}/t/${String(row["tenant_id"])}`, Number(row["size"]), bytes.parse(row["root"])), row["size"],
      ]); // prettier-ignore
  }
}
