import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { attack, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
});
afterEach(async () => {
  await checkWorld(t);
});

describe("case 52 (T2): a partition is no side door", () => {
  async function partitions(): Promise<readonly string[]> {
    const rows = await t.adminSql(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit.entry'::regclass",
    );
    return rows.map((row) => String(row["name"]));
  }

  it("the app has no grant on any of them", async () => {
    const names = await partitions();
    expect(names.length).toBeGreaterThan(12);
    for (const name of names) {
      expect(await attack(s.app, s.acme.claim.text, `select * from ${name}`)).toMatchObject({ refused: "42501" });
      expect(
        await attack(
          s.app,
          s.acme.claim.text,
          `insert into ${name} (tenant_id, entry_id, leaf) values (app.tid(), platform.uuidv7(), '{}')`,
        ),
      ).toMatchObject({ refused: "42501" });
    }
  });

  it("D8 the owner sees no tenant's row in them without a claim: row-level security is forced on each", async () => {
    for (const name of [...(await partitions()), "audit.entry", "audit.body", "audit.search"]) {
      expect(
        await attack(s.superuser, "", "set local role countersign_owner", `select * from ${name}`),
        name,
      ).toMatchObject({ count: 0 });
    }
  });
});
