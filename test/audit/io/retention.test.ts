import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  compareWorm,
  directorySource,
  retire,
  setHold,
  liftHold,
  type MonthAnswer,
  type OperatorActs,
} from "#audit/io";
import { instantOfMillis } from "#kernel";
import { bundleParts, unbundleParts } from "#verifier";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { pastEntry, pastMonth, sequenced, wormCopy } from "../../support/sequenced.ts";

const t = await testDatabase();
const worm = mkdtempSync(join(tmpdir(), "countersign-worm-"));
const now = new Date();
const at = (months: number): Date => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15));
const name = (months: number): string => at(months).toISOString().slice(0, 7);
const acts: OperatorActs = {
  access: t.operator,
  append: t.append,
  by: { type: "operator", id: "test" },
  observer: { type: "app", id: "countersign" },
  requestId: "retention",
};
let acme: TestTenant;
let globex: TestTenant;

const run = (over: { readonly dryRun?: boolean; readonly months?: number } = {}): Promise<readonly MonthAnswer[]> =>
  retire({
    ...acts,
    verifier: t.role("verifier"),
    worm: directorySource(worm),
    now: instantOfMillis(now.getTime()),
    months: 13,
    dryRun: false,
    batch: 2,
    ...over,
  });
const count = async (table: string, where = "true"): Promise<number> =>
  Number((await t.adminSql(`select count(*) as n from ${table} where ${where}`))[0]?.["n"]);

beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  for (const months of [15, 14, 3]) await pastMonth(t, name(months));
  for (const tenant of [acme, globex])
    for (const months of [15, 15, 15, 14, 3]) await pastEntry(t, tenant.id, at(months));
  for (const tenant of [acme, globex]) await sequenced(t, tenant.id, 1, true);
});
beforeEach(async () => {
  for (const tenant of [acme, globex]) await wormCopy(t, tenant.id, worm);
});
afterAll(() => rmSync(worm, { recursive: true, force: true }));

const spoil = (path: string, change: (bytes: Buffer) => Buffer | null): void => {
  const changed = change(readFileSync(join(worm, path)));
  if (changed === null) rmSync(join(worm, path));
  else writeFileSync(join(worm, path), changed);
};
const flip = (bytes: Buffer): Buffer => {
  const other = Buffer.from(bytes);
  other[40] = (other[40] ?? 0) ^ 1;
  return other;
};

describe("A2 retention lets go of nothing whose copy is not whole", () => {
  it.each<[string, () => string, (bytes: Buffer) => Buffer | null, RegExp]>([
    ["the checkpoint is missing", () => `t/${acme.id}/checkpoint`, () => null, /has no checkpoint/],
    ["a tile is missing", () => `t/${acme.id}/tile/0/000.p/7`, () => null, /tile\/0\/000\.p\/7 missing/],
    ["a tile differs", () => `t/${acme.id}/tile/0/000.p/7`, flip, /tile\/0\/000\.p\/7 differs/],
    ["the leaves are missing", () => `t/${acme.id}/tile/entries/000.p/7`, () => null, /entries\/000\.p\/7 is absent/],
    ["a leaf differs", () => `t/${acme.id}/tile/entries/000.p/7`, flip, /entry \d+ differs/],
    ["the bodies are missing", () => `t/${acme.id}/bodies/000.p/7`, () => null, /the body of entry/],
    [
      "bodies are left out, all but one",
      () => `t/${acme.id}/bodies/000.p/7`,
      (bytes) => {
        const parts = unbundleParts(bytes) ?? expect.unreachable();
        return Buffer.from(bundleParts(parts.filter(({ id }) => id === parts[0]?.id)));
      },
      /the body of entry/,
    ],
  ])("%s", async (_name, path, change, why) => {
    spoil(path(), change);
    const answers = await run({ dryRun: true });
    expect(answers[0]).toMatchObject({ kind: "kept", month: name(15) });
    expect(answers.flatMap((answer) => (answer.kind === "kept" ? answer.why : []))).toContainEqual(
      expect.stringMatching(why),
    );
  });

  it("a tenant is under a legal hold", async () => {
    const hold = await setHold(acts, globex.id, "case 12");
    for (const answer of await run())
      expect(answer).toMatchObject({ kind: "kept", why: [expect.stringContaining("legal hold")] });
    if (hold.kind === "done") await liftHold(acts, globex.id, hold.hold, "closed");
  });

  it("an entry in it is in no tree yet", async () => {
    await pastEntry(t, acme.id, at(14));
    const answers = await run({ dryRun: true });
    expect(answers.at(-1)).toMatchObject({
      kind: "kept",
      why: expect.arrayContaining([expect.stringContaining("in no tree")]),
    });
    await sequenced(t, acme.id, 2, true);
  });

  it("a dry run says what would go, and nothing goes", async () => {
    const before = await count("audit.body");
    expect(await run({ dryRun: true })).toEqual([
      { kind: "would_drop", month: name(15), entries: 6, bodies: 6 },
      { kind: "would_drop", month: name(14), entries: 3, bodies: 3 },
    ]);
    expect(await count("audit.body")).toBe(before);
    expect(await count("audit.retired_month")).toBe(0);
  });

  it("months that are young are not even looked at, and the database refuses them by itself", async () => {
    const answers = await run({ months: 1, dryRun: true });
    expect(answers.map(({ month }) => month)).toEqual([name(15), name(14), name(3)]);
    await expect(
      t.adminSql(
        "insert into audit.retired_month (month, entry_id, worm_digest) select $1::date, gen_random_uuid(), repeat('0', 64)",
        [`${name(3)}-01`],
      ),
    ).rejects.toThrow("not six months old");
  });
});

describe("case 64: the nightly comparison of tile digests", () => {
  const compared = () => compareWorm(t.role("verifier"), directorySource(worm));

  it("finds nothing in a copy that is whole", async () => {
    const found = await compared();
    expect(found.ahead).toEqual([]);
    expect(found.differences.filter(({ path }) => !path.includes("00000000-0000-7000"))).toEqual([]);
    expect(found.tiles).toBeGreaterThanOrEqual(2);
  });

  it("names the tile that differs, and the one that is gone", async () => {
    const path = `t/${globex.id}/tile/0/000.p/7`;
    spoil(path, flip);
    expect((await compared()).differences).toContainEqual({ path, what: "differs" });
    spoil(path, () => null);
    expect((await compared()).differences).toContainEqual({ path, what: "missing" });
  });

  it("says when the database does not have a log at all that the copy has: two that are empty do not agree", async () => {
    const gone = "018f0000-0000-7000-8000-00000000dead";
    cpSync(join(worm, "t", globex.id), join(worm, "t", gone), { recursive: true });
    expect((await compared()).ahead).toEqual([{ log: gone, copied: expect.any(Number), here: 0 }]);
    rmSync(join(worm, "t", gone), { recursive: true });
  });

  it("says when the copy has more than the database: the database lost something", async () => {
    await t.adminSql("alter table audit.leaf disable trigger append_only");
    await t.adminSql("delete from audit.leaf where tenant_id = $1 and idx = 0", [globex.id]);
    const [kept] = await t.adminSql("select size from audit.head where tenant_id = $1", [globex.id]);
    await t.adminSql("update audit.head set size = size - 1 where tenant_id = $1", [globex.id]);
    expect((await compared()).ahead).toEqual([
      { log: globex.id, copied: Number(kept?.["size"]), here: Number(kept?.["size"]) - 1 },
    ]);
    // As it was: the first leaf hash is that of the first entry.
    await t.adminSql(
      "insert into audit.leaf (tenant_id, idx, entry_id, leaf_hash, chain) select e.tenant_id, 0, e.entry_id, e.leaf_hash, sha256(decode(repeat('00', 32), 'hex') || e.leaf_hash) from audit.entry e where e.tenant_id = $1 and not exists (select from audit.leaf l where l.tenant_id = e.tenant_id and l.entry_id = e.entry_id) order by e.entry_id limit 1",
      [globex.id],
    );
    await t.adminSql("update audit.head set size = size + 1 where tenant_id = $1", [globex.id]);
    await t.adminSql("alter table audit.leaf enable always trigger append_only");
  });
});

describe("A2 retention, once the copy is whole", () => {
  it("drops the month with its bodies, keeps every hash, and says so in each log that loses entries", async () => {
    const leaves = await count("audit.leaf");
    const before = await t.adminSql("select audit.catalog_fingerprint() as f");
    expect(await run()).toEqual([
      { kind: "dropped", month: name(15), entries: 6, bodies: 6 },
      { kind: "dropped", month: name(14), entries: 3, bodies: 3 },
    ]);
    expect(await count("audit.leaf")).toBe(leaves);
    expect(await count("audit.entry", `audit.month_of(entry_id) <= '${name(14)}-01'`)).toBe(0);
    expect(await count("audit.body", `audit.month_of(entry_id) <= '${name(14)}-01'`)).toBe(0);
    expect(await count("audit.entry", `audit.month_of(entry_id) = '${name(3)}-01'`)).toBe(2);
    expect(await count("audit.entry", "convert_from(leaf, 'UTF8')::json ->> 'kind' = 'retention.drop'")).toBe(6);
    expect(await t.adminSql("select audit.catalog_fingerprint() as f")).toEqual(before);
    expect(await run()).toEqual([]);
  });

  it("finishes a month that was let go of half-way", async () => {
    await pastMonth(t, name(20));
    await pastEntry(t, acme.id, at(20));
    await sequenced(t, acme.id, 3, true);
    await t.adminSql("alter table audit.retired_month disable trigger admission");
    await t.adminSql(
      "insert into audit.retired_month (month, entry_id, worm_digest) select $1::date, gen_random_uuid(), repeat('0', 64)",
      [`${name(20)}-01`],
    );
    await t.adminSql("alter table audit.retired_month enable always trigger admission");
    expect(await run()).toEqual([{ kind: "dropped", month: name(20), entries: 1, bodies: 1 }]);
  });
});
