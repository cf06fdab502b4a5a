// A log as the sequencer, the broker and the exporter leave it, made by hand: for tests of what happens afterwards.

import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import {
  besideFile,
  bundle,
  bundleParts,
  canonicalBytes,
  CHAIN_START,
  chainAfter,
  checkpointFile,
  entriesFile,
  formatCheckpoint,
  formatNote,
  groupWidth,
  rootOf,
  sha256,
  signatureLine,
  tenantLog,
  tileFile,
  tileWidth,
  TILE_WIDTH,
} from "#verifier";
import type { TestDatabase } from "./database.ts";

const bytes = z.instanceof(Uint8Array);
const entryRow = z.object({ entry_id: z.string(), leaf: bytes, leaf_hash: bytes });
const bodyRow = z.object({
  entry_id: z.string(),
  part: z.number(),
  nonce: bytes,
  key_id: z.string().nullable(),
  ct: bytes,
});

/** The next epoch of this log: everything in it has its place, and the epoch is `witnessed` or not. Gives the size. */
export async function sequenced(
  t: Pick<TestDatabase, "adminSql">,
  log: string,
  epoch: number,
  witnessed: boolean,
): Promise<number> {
  const entries = z
    .array(entryRow)
    .parse(
      await t.adminSql(
        "select e.entry_id, e.leaf, e.leaf_hash from audit.entry e left join audit.leaf l using (tenant_id, entry_id) where e.tenant_id = $1 order by l.idx nulls last, e.entry_id",
        [log],
      ),
    );
  let chain = CHAIN_START;
  for (const [index, entry] of entries.entries()) {
    chain = chainAfter(sha256, chain, entry.leaf_hash);
    await t.adminSql(
      "insert into audit.leaf (tenant_id, idx, entry_id, leaf_hash, chain) values ($1, $2, $3, $4, $5) on conflict do nothing",
      [log, index, entry.entry_id, entry.leaf_hash, chain],
    );
  }
  const root = rootOf(
    sha256,
    entries.map((entry) => entry.leaf_hash),
  );
  const [slot] = await t.adminSql("select slot from platform.tenant where id = $1", [log]);
  const salt = createHash("sha256").update(log).digest();
  const head = [log, entries.length, root, chain, slot?.["slot"], salt];
  await t.adminSql(
    `insert into audit.head (tenant_id, size, root, chain, slot, salt) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id) do update set size = excluded.size, root = excluded.root, chain = excluded.chain`,
    head,
  );
  await t.adminSql(
    "insert into audit.head_at (tenant_id, size, root, chain, slot, salt, epoch, shredded) values ($1, $2, $3, $4, $5, $6, $7, false)",
    [...head, epoch],
  );
  if (witnessed) {
    await t.adminSql("insert into audit.checkpoint (epoch, note) values ($1, 'x') on conflict do nothing", [epoch]);
    await t.adminSql("insert into audit.witnessed (epoch, quorum) values ($1, 'x') on conflict do nothing", [epoch]);
  }
  return entries.length;
}

/** The directory that an export to WORM storage would be. */
export async function wormCopy(t: TestDatabase, log: string, dir: string): Promise<void> {
  const entries = z
    .array(entryRow)
    .parse(
      await t.adminSql(
        "select e.entry_id, e.leaf, e.leaf_hash from audit.entry e join audit.leaf l using (tenant_id, entry_id) where e.tenant_id = $1 order by l.idx",
        [log],
      ),
    );
  const bodies = z
    .array(bodyRow)
    .parse(
      await t.adminSql(
        "select entry_id, part, nonce, key_id, ct from audit.body where tenant_id = $1 order by entry_id, part",
        [log],
      ),
    );
  const write = (path: string, content: Uint8Array | string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  };
  const size = entries.length;
  const root = rootOf(
    sha256,
    entries.map((entry) => entry.leaf_hash),
  );
  const body = formatCheckpoint({ origin: `test/t/${log}`, size, root });
  write(
    checkpointFile(tenantLog(log)),
    formatNote(body, [signatureLine(`test/t/${log}`, new Uint8Array(4), new Uint8Array(64))]),
  );
  for (let n = 0; n * TILE_WIDTH < size; n++) {
    const group = entries.slice(n * TILE_WIDTH, (n + 1) * TILE_WIDTH);
    const width = groupWidth(n, size);
    write(
      tileFile(tenantLog(log), { level: 0, n, width: tileWidth(0, n, size) }),
      Buffer.concat(group.map((entry) => entry.leaf_hash)),
    );
    write(entriesFile(tenantLog(log), n, width), bundle(group.map((entry) => entry.leaf)));
    const parts = bodies
      .filter((each) => group.some((entry) => entry.entry_id === each.entry_id))
      .map(({ entry_id: id, part, nonce, key_id: keyId, ct }) => ({ id, part, nonce, keyId, ct }));
    write(besideFile(log, "bodies", n, width), bundleParts(parts));
  }
}

/** A month of the past, with its partition, as migrate made it then. */
export async function pastMonth(t: TestDatabase, month: string): Promise<void> {
  const part = `audit.entry_${month.replace("-", "_")}`;
  await t.adminSql("insert into audit.month (month) values ($1)", [`${month}-01`]);
  await t.adminSql(
    `do $$ begin set local role countersign_owner;
       execute format('create table ${part} partition of audit.entry ${await bounds(t, month)}');
       call audit.guard_partition('${part}'::regclass); end $$`,
  );
}

const bounds = async (t: TestDatabase, month: string): Promise<string> =>
  String((await t.adminSql("select guards.month_bound($1::date) as b", [`${month}-01`]))[0]?.["b"]).replaceAll(
    "'",
    "''",
  );

/** An entry of the past, which only the superuser can write; gives its id. */
export async function pastEntry(t: TestDatabase, log: string, at: Date, written: Date = at): Promise<string> {
  const ms = at.getTime().toString(16).padStart(12, "0");
  const id = `${ms.slice(0, 8)}-${ms.slice(8)}-7${randomUUID().slice(15)}`;
  const nonce = Buffer.alloc(16, 7);
  const ct = Buffer.from(canonicalBytes({ payload: "of the past" }));
  const h = createHash("sha256").update(nonce).update(ct).digest("hex");
  const leaf = canonicalBytes({
    v: 1,
    id,
    log,
    ts: written.toISOString(),
    kind: "gate.verdict",
    outcome: "success",
    body: [{ h, len: ct.length }],
  });
  await t.adminSql("insert into audit.entry (tenant_id, entry_id, ts, leaf) values ($1, $2, $3, $4)", [
    log,
    id,
    written,
    leaf,
  ]);
  await t.adminSql("insert into audit.body (tenant_id, entry_id, part, nonce, ct) values ($1, $2, 0, $3, $4)", [
    log,
    id,
    nonce,
    ct,
  ]);
  return id;
}
