// O20: a client with a million rows leaves, while others work: how long until nobody has access, how long until it is erased and looked for, and
// what the others notice. Real PostgreSQL with its defaults, real keys; GitHub, folders and the certificate are answered at once.
// `--smoke`: ten thousand rows, and no budget that another load on the machine could break.

import { createKeys } from "#keys/io";
import { createDatabase, createRoleDatabase, migrate, type TenantClaim } from "#platform/postgres";
import { drive, offboard, type OffboardParts } from "#tenants/io";
import pg from "pg";
import sql from "sql-template-tag";
import { z } from "zod";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";
import { median, rounded } from "./support/numbers.ts";

const ROWS = smoke ? 10_000 : 1_000_000;
const BUDGETS = { softMs: 1_000, hardMs: 60_000, othersWorse: 1.2 };
const by = { operator: { type: "operator", id: "bench" }, requestId: "bench" } as const;

await bench("offboard", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit, kms } = await openBenchLog(dir, postgres);
  const keys = createKeys({ kms, clock: Date.now });
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const verifier = createRoleDatabase({ url: postgres.verifierUrl, role: "verifier" });
  const access = { ...postgres, append: audit.append };
  const [leaver, other] = await onboarded(2, access, database);
  if (leaver === undefined || other === undefined) throw new Error("two tenants are needed");
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  admin.on("error", () => {});
  await admin.connect();
  for (const [claim, rows] of [[leaver, ROWS], [other, 5_000]] as const) await fill(admin, claim, rows); // prettier-ignore

  const before = await reads(database, other, smoke ? 200 : 2_000);
  const began = performance.now();
  const ordered = await offboard(access, { prefix: "bench0", tenantId: leaver.tenantId, reason: "bench", by });
  if (ordered.kind !== "ordered" || (await database.claimFor(leaver.tenantId)) !== null)
    throw new Error("the client still has access");
  const softMs = performance.now() - began;

  const parts: OffboardParts = {
    access,
    by,
    database,
    verifier,
    github: null,
    leases: { revokeAll: async () => {}, open: async () => 0 },
    channels: { revoke: async () => ({ stands: {}, problems: [] }) },
    keys: {
      destroy: async (tenant) => (await keys.destroyTenant(tenant), []),
      opens: async (tenant) => (await kms.state(tenant)) !== "destroyed",
      seal: async () => null,
      opensSealed: async () => false,
    },
    assets: {
      list: async () => [],
      async remove() {
        await admin.query("delete from platform.tenant_asset where tenant_id = $1", [leaver.tenantId]);
        return {};
      },
      verify: async () => [],
    },
    certificate: { issue: async () => ({ id: "bench" }) },
    backupDays: 30,
  };
  await drive(parts, leaver.tenantId);
  await due(admin, leaver);
  let gone = false;
  const during = readsWhile(database, other, () => gone);
  const from = performance.now();
  const answer = await drive(parts, leaver.tenantId, false).finally(() => {
    gone = true;
  });
  const hardMs = performance.now() - from;
  const meanwhile = await during;
  if (answer.kind !== "gone") throw new Error(`not erased: ${JSON.stringify(answer)}`);
  await Promise.all([admin.end(), database.close(), verifier.close()]);

  const worse = p99(meanwhile) / p99(before);
  const result = { rows: ROWS, softMs: rounded(softMs), hardMs: rounded(hardMs), othersP50Ms: rounded(median(meanwhile)), othersP99Ms: rounded(p99(meanwhile)), alone: rounded(p99(before)), worse: rounded(worse) }; // prettier-ignore
  console.log(JSON.stringify(result));
  if (!smoke && softMs > BUDGETS.softMs) overBudget(`${rounded(softMs)} ms to no access, at most ${BUDGETS.softMs}`);
  if (!smoke && hardMs > BUDGETS.hardMs) overBudget(`${rounded(hardMs)} ms to erase, at most ${BUDGETS.hardMs}`);
  if (!smoke && worse > BUDGETS.othersWorse)
    overBudget(`others' p99 is ${rounded(worse)} times what it was, at most ${BUDGETS.othersWorse}`);
  publish({ ...result, budgets: BUDGETS });
}

async function fill(admin: pg.Client, { tenantId }: TenantClaim, rows: number): Promise<void> {
  await admin.query(
    `insert into inbox.delivery (tenant_id, guid, event, installation_id, payload)
       select $1, 'bench-' || n, 'push', 1, convert_to(repeat('x', 200), 'UTF8') from generate_series(1, $2::int) n`,
    [tenantId, rows],
  );
  await admin.query("analyze inbox.delivery");
}

/** The five minutes are over, and the order is witnessed. */
async function due(admin: pg.Client, { tenantId }: TenantClaim): Promise<void> {
  await admin.query("set audit.migration = 'bench'");
  await admin.query("update platform.tenant set hard_after = clock_timestamp() where id = $1", [tenantId]);
  await admin.query("update platform.offboarding set hard_after = clock_timestamp() where tenant_id = $1", [tenantId]);
  const { rows } = await admin.query("select entry_id, leaf_hash from audit.entry where tenant_id = $1 order by entry_id", [tenantId]); // prettier-ignore
  const entries = z.array(z.object({ entry_id: z.string(), leaf_hash: z.instanceof(Uint8Array) })).parse(rows);
  const { CHAIN_START, chainAfter, rootOf, sha256 } = await import("#verifier");
  let chain = CHAIN_START;
  for (const [index, entry] of entries.entries()) {
    chain = chainAfter(sha256, chain, entry.leaf_hash);
    await admin.query("insert into audit.leaf (tenant_id, idx, entry_id, leaf_hash, chain) values ($1, $2, $3, $4, $5)", [tenantId, index, entry.entry_id, entry.leaf_hash, chain]); // prettier-ignore
  }
  const root = rootOf(
    sha256,
    entries.map((entry) => entry.leaf_hash),
  );
  const head = [tenantId, entries.length, root, chain];
  await admin.query("insert into audit.head (tenant_id, size, root, chain, slot, salt) select $1, $2, $3, $4, t.slot, sha256($3) from platform.tenant t where t.id = $1", head); // prettier-ignore
  await admin.query("insert into audit.head_at (tenant_id, size, root, chain, slot, salt, epoch, shredded) select tenant_id, size, root, chain, slot, salt, 1, false from audit.head where tenant_id = $1", [tenantId]); // prettier-ignore
  await admin.query("insert into audit.checkpoint (epoch, note) values (1, 'bench')");
  await admin.query("insert into audit.witnessed (epoch, quorum) values (1, 'bench')");
}

type Reading = ReturnType<typeof createDatabase>;

async function read(database: Reading, claim: TenantClaim, n: number): Promise<number> {
  const at = performance.now();
  await database.withTenant(claim, (tx) =>
    tx.many(
      sql`select event from inbox.delivery where tenant_id = ${claim.tenantId} and guid = ${`bench-${(n % 5_000) + 1}`}`,
      z.object({ event: z.string() }),
    ),
  );
  return performance.now() - at;
}

async function reads(database: Reading, claim: TenantClaim, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) times.push(await read(database, claim, n));
  return times;
}

async function readsWhile(database: Reading, claim: TenantClaim, over: () => boolean): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; !over(); n++) times.push(await read(database, claim, n));
  return times;
}

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY;
}
