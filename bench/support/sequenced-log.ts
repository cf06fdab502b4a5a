// A log in a real database, filled inside it, put in order and signed by the real sequencer; and the same log as files.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { databaseSource, openSequencer } from "#audit/io";
import { createRoleDatabase, type EmbeddedPostgres } from "#platform/postgres";
import {
  base64, besideFile, bundle, bundleParts, checkpointFile, entriesFile, EPOCHS, formatCheckpoint, formatNote, groupWidth, tenantLog, tileFile,
  tilesOf, TILE_WIDTH, type Log, type LogSource, type Read,
} from "#verifier"; // prettier-ignore
import { logLine, signingKey } from "../../test/support/audit-log/keys.ts";

const key = signingKey("bench/epochs", "bench");

export interface SequencedLog {
  readonly key: typeof key.key;
  /** As the auditor's role, with bodies. */
  source(): LogSource;
  /** Entries with sealed-looking bodies of `bodyBytes`: what they are made of is nothing to whoever hashes them. */
  fill(tenant: string, entries: number, bodyBytes: number): Promise<void>;
  /** Everything has its place and is under a signed epoch afterwards. */
  sequence(): Promise<void>;
  close(): Promise<void>;
}

export async function sequencedLog(postgres: EmbeddedPostgres, tenants: readonly string[]): Promise<SequencedLog> {
  const admin = new pg.Client({ connectionString: postgres.adminUrl, options: "-c audit.migration=bench" });
  await admin.connect();
  for (const [n, id] of tenants.entries())
    await admin.query("insert into platform.tenant (id, prefix) values ($1, $2)", [id, `bench${n}`]);
  const places = createRoleDatabase({ url: postgres.sequencerUrl, role: "sequencer" });
  const sequencer = await openSequencer({
    database: places,
    signer: {
      identity: async () => ({ base: "bench", vkey: key.vkey }),
      last: async () => null,
      rotation: async () => null,
      sign: async (heads) =>
        heads.map(({ origin, size, root }) => {
          const body = formatCheckpoint({ origin, size, root });
          return { kind: "signed", note: formatNote(body, [logLine(key, origin, body)]) };
        }),
    },
    build: "bench",
    now: Date.now,
  });
  const database = createRoleDatabase({ url: postgres.auditorUrl, role: "auditor" });
  return {
    key: key.key,
    source: () => databaseSource({ database, bodies: true }),
    fill: async (tenant, entries, bodyBytes) => {
      for (let left = entries; left > 0; left -= 50_000)
        await admin.query(FILL, [tenant, Math.min(left, 50_000), 2 * (bodyBytes + 16)]);
    },
    async sequence() {
      for (let batch = await sequencer.batch(); batch.kind !== "clock" && batch.entries > 0;)
        batch = await sequencer.batch();
      await sequencer.epoch();
      await admin.query("vacuum (analyze) audit.entry, audit.body, audit.leaf");
    },
    async close() {
      await admin.end();
      await database.close();
      await places.close();
    },
  };
}

const FILL = `with made as (
    select platform.uuidv7() as id, decode(substr(repeat(md5(gen.n::text || clock_timestamp()), ($3::int + 31) / 32), 1, $3::int), 'hex') as ct,
      decode(substr(md5(gen.n::text), 1, 24), 'hex') as nonce,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ts
    from generate_series(1, $2::int) gen(n)),
  entry as (
    insert into audit.entry (tenant_id, entry_id, leaf)
    select $1::uuid, id, convert_to(format('{"body":[{"h":"%s","kc":"%s","len":%s}],"id":"%s","kind":"gate.verdict","log":"%s","outcome":"success","ts":"%s","v":1}',
      encode(sha256(nonce || ct), 'hex'), encode(sha256(nonce), 'hex'), octet_length(ct), id, $1::text, ts), 'UTF8') from made)
  insert into audit.body (tenant_id, entry_id, part, nonce, key_id, ct) select $1::uuid, id, 0, nonce, 'bench', ct from made`;

/** What an export writes of one tenant, without its manifest. */
export async function asFiles(
  source: LogSource,
  tenant: string,
  size: number,
  epochs: number,
  folder: string,
): Promise<void> {
  const write = (path: string, content: Uint8Array | string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const logs: readonly (readonly [Log, number])[] = [
    [EPOCHS, epochs],
    [tenantLog(tenant), size],
  ];
  for (const [log, count] of logs) {
    write(checkpointFile(log), there(await source.checkpoint(log)));
    for (const tile of tilesOf(count)) write(tileFile(log, tile), there(await source.tile(log, tile)));
    for (let n = 0; n * TILE_WIDTH < count; n++) {
      const width = groupWidth(n, count);
      const leaves = there(await source.entries(log, n, width));
      write(entriesFile(log, n, width), bundle(leaves.map((leaf) => leaf ?? new Uint8Array())));
      if (log.kind === "epochs") continue;
      const bodies = there(await source.bodies(tenant, n, width));
      write(besideFile(tenant, "bodies", n, width), bundleParts(bodies));
    }
  }
  const slots = there(await source.slots(tenant, 0, groupWidth(0, epochs)));
  const lines = slots.map(({ epoch, leaf, proof }) => ({
    epoch,
    leaf: Buffer.from(leaf).toString(),
    proof: proof.map(base64),
  }));
  write(
    besideFile(tenant, "slots", 0, groupWidth(0, epochs)),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
}

function there<T>(read: Read<T>): T {
  if (read.kind !== "found") throw new Error(`the log cannot be copied: ${JSON.stringify(read)}`);
  return read.value;
}
