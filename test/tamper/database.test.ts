// audit.md, section 5, on real PostgreSQL: a superuser with the guards off. WHICH layer finds it.

import { describe, expect, it } from "vitest";
import { databaseSource } from "#audit/io";
import { NOTHING_PINNED, verify, type Pinned } from "#verifier";
import { layers, OPTIONS } from "../support/audit-log/judge.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { KEY, Operated } from "./operator.ts";

const VICTIM = 8;

/** An auditor who holds the honest checkpoints and a receipt for one entry; `alone` has only the key. */
interface Auditors {
  readonly alone: Pinned;
  readonly outside: Pinned;
  readonly withReceipt: Pinned;
}

async function auditors(log: Operated, index = VICTIM): Promise<Auditors> {
  const alone: Pinned = { ...NOTHING_PINNED, key: KEY.key };
  const outside: Pinned = { ...alone, checkpoints: await log.checkpoints() };
  const { id, hash } = await log.entryAt(index);
  // Written long enough ago for an epoch to have it.
  const entry = id.replace(/^.{13}/, "01900000-0000");
  return {
    alone,
    outside,
    withReceipt: { ...outside, receipts: [{ tenant: log.tenant.id, leaf: hash, index, entry }] },
  };
}

const found = async (t: TestDatabase, pinned: Pinned): Promise<string> =>
  layers(
    await verify(databaseSource({ database: t.role("auditor"), bodies: true }), pinned, {
      ...OPTIONS,
      now: Date.now(),
    }),
  );

const forge = (log: Operated, index = VICTIM) =>
  log.sql(
    `update audit.entry e set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '"success"', '"refused"'), 'UTF8')
     from audit.leaf l where l.tenant_id = $1 and l.idx = $2 and e.tenant_id = l.tenant_id and e.entry_id = l.entry_id`,
    [log.tenant.id, index],
  );
const drop = async (log: Operated, where: string): Promise<void> => {
  const gone = await log.sql(`delete from audit.leaf where tenant_id = $1 and ${where} returning entry_id`, [
    log.tenant.id,
  ]);
  for (const table of ["body", "entry"])
    await log.sql(`delete from audit.${table} where tenant_id = $1 and entry_id = any($2)`, [
      log.tenant.id,
      gone.map((row) => row["entry_id"]),
    ]);
};

const cases: readonly {
  readonly name: string;
  readonly tamper: (log: Operated) => Promise<unknown>;
  /** By an auditor with the honest checkpoints, and a receipt where `receiptFor` says for which entry. */
  readonly finds: string;
  readonly receiptFor?: number;
  /** By an auditor with the key alone. */
  readonly alone: string;
}[] = [
  { name: "nothing changed", tamper: async () => {}, finds: "", alone: "", receiptFor: VICTIM },
  {
    name: "case 1: a ciphertext byte flipped",
    tamper: (log) =>
      log.sql(
        "update audit.body b set ct = set_byte(ct, 3, get_byte(ct, 3) # 1) from audit.leaf l where l.idx = $2 and l.tenant_id = $1 and b.entry_id = l.entry_id",
        [log.tenant.id, VICTIM],
      ),
    finds: "B",
    alone: "B",
    receiptFor: VICTIM,
  },
  {
    name: "case 2: leaf bytes edited only",
    tamper: (log) => forge(log),
    finds: "B C",
    alone: "B C",
    receiptFor: VICTIM,
  },
  {
    name: "case 3: row and hash replaced, chain left",
    tamper: async (log) => (await forge(log), log.rehash()),
    finds: "C K W",
    alone: "C K",
  },
  {
    name: "case 4: row replaced, everything after it chained again",
    tamper: async (log) => (await forge(log), log.rechain()),
    finds: "K W",
    alone: "K",
  },
  {
    name: "case 5: case 4, and all checkpoints signed again with the stolen key",
    tamper: async (log) => (await forge(log), await log.rechain(), log.resign()),
    finds: "W",
    alone: "",
  },
  {
    name: "case 7: a middle row deleted",
    tamper: (log) => drop(log, `idx = ${VICTIM}`),
    finds: "C K W R",
    alone: "C K",
    receiptFor: VICTIM,
  },
  {
    name: "case 8: a middle row deleted, renumbered, chained again",
    tamper: async (log) => (await drop(log, `idx = ${VICTIM}`), await log.renumber(), log.rechain(-1)),
    finds: "K W R",
    alone: "K",
    receiptFor: VICTIM,
  },
  {
    name: "case 9: the tail after the last checkpoint deleted",
    tamper: (log) => drop(log, "idx >= (select max(size) from audit.head_at a where a.tenant_id = leaf.tenant_id)"),
    finds: "R",
    alone: "",
    receiptFor: 18,
  },
  {
    name: "case 10: the tail below a checkpoint and that checkpoint deleted",
    tamper: async (log) => {
      await drop(log, "idx >= (select size from audit.head_at a where a.tenant_id = leaf.tenant_id and a.epoch = 1)");
      for (const table of ["tenant_checkpoint", "checkpoint", "epoch_slots", "epoch", "head_at"])
        await log.sql(`delete from audit.${table} where epoch > 1`);
      for (const table of ["head_at", "tenant_checkpoint"]) await log.sql(`select count(*) from audit.${table}`);
    },
    finds: "W R",
    alone: "",
    receiptFor: 15,
  },
  {
    name: "case 11: everything truncated",
    tamper: (log) =>
      log.sql(
        "truncate audit.entry, audit.body, audit.leaf, audit.head, audit.head_at, audit.epoch, audit.epoch_slots, audit.checkpoint, audit.tenant_checkpoint cascade",
      ),
    finds: "W R",
    alone: "",
    receiptFor: VICTIM,
  },
  {
    name: "case 13: ciphertexts of two rows swapped",
    tamper: (log) =>
      log.sql(
        `update audit.body b set ct = other.ct, nonce = other.nonce from audit.leaf l, audit.leaf m, audit.body other
         where l.tenant_id = $1 and m.tenant_id = $1 and l.idx in (7, 8) and m.idx = 15 - l.idx
           and b.entry_id = l.entry_id and other.entry_id = m.entry_id and b.part = other.part and b.part = 0`,
        [log.tenant.id],
      ),
    finds: "B",
    alone: "B",
    receiptFor: VICTIM,
  },
  {
    name: "case 14: a back-dated entry put in, everything chained again",
    tamper: async (log) => {
      await log.sql("update audit.leaf set idx = idx + 1000001 where tenant_id = $1 and idx >= $2", [
        log.tenant.id,
        VICTIM,
      ]);
      await log.sql(
        `with made as (insert into audit.entry (tenant_id, entry_id, ts, leaf)
           select tenant_id, $3::uuid, ts, convert_to(replace(convert_from(leaf, 'UTF8'), entry_id::text, $3::text), 'UTF8')
           from audit.entry where tenant_id = $1 and entry_id = (select entry_id from audit.leaf where tenant_id = $1 and idx = 5) returning entry_id, leaf_hash)
         insert into audit.leaf (tenant_id, idx, entry_id, leaf_hash, chain) select $1, $2, entry_id, leaf_hash, leaf_hash from made`,
        [log.tenant.id, VICTIM, "0198c1d2-7b1e-7c33-a1b2-3c4d5e6f7081"],
      );
      await log.sql(
        `insert into audit.body (tenant_id, entry_id, part, nonce, key_id, ct) select tenant_id, $2::uuid, part, nonce, key_id, ct
         from audit.body where tenant_id = $1 and entry_id = (select entry_id from audit.leaf where tenant_id = $1 and idx = 5)`,
        [log.tenant.id, "0198c1d2-7b1e-7c33-a1b2-3c4d5e6f7081"],
      );
      await log.sql("update audit.leaf set idx = idx - 1000000 where tenant_id = $1 and idx > 1000000", [
        log.tenant.id,
      ]);
      await log.rechain(1);
    },
    finds: "K W R",
    alone: "K",
    receiptFor: 12,
  },
];

const databases: TestDatabase[] = [];
for (const _ of cases) databases.push(await testDatabase());

describe("the tamper matrix as superuser on PostgreSQL (A1, A2)", () => {
  it.each(cases.map((each, i) => ({ ...each, i })))(
    "$name: found by $finds; with the key alone by $alone",
    async ({ i, tamper, finds, alone, receiptFor }) => {
      const t = databases[i];
      if (t === undefined) throw new Error("no database");
      const log = await Operated.story(t);
      if (receiptFor !== undefined && receiptFor > 16) await log.append(4);
      const who = await auditors(log, receiptFor);
      await tamper(log);
      expect(await found(t, receiptFor === undefined ? who.outside : who.withReceipt)).toBe(finds);
      expect(await found(t, who.alone)).toBe(alone);
    },
  );
});
