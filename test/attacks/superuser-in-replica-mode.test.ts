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

describe("case 44 (A2): even a superuser has to take the guards down first, which the catalog shows", () => {
  const partition =
    "(select inhrelid::regclass::text from pg_inherits where inhparent = 'audit.entry'::regclass order by 1 limit 1)";
  it.each<[string, string]>([
    ["update", "update audit.entry set ts = now()"],
    ["delete", "delete from audit.entry where true"],
    ["delete a body", "delete from audit.body"],
    ["truncate the parent", "truncate audit.entry cascade"],
    [
      "case 45: truncate one partition, to which the parent's trigger is not inherited",
      `do $$ begin execute 'truncate ' || ${partition} || ' cascade'; end $$`,
    ],
    ["truncate the default partition", "truncate audit.entry_default cascade"],
    ["truncate the bodies", "truncate audit.body"],
  ])("%s in replica mode", async (_name, statement) => {
    expect(await attack(s.superuser, "", "set local session_replication_role = replica", statement)).toMatchObject({
      refused: "42501",
      message: expect.stringContaining("append-only"),
    });
  });

  it("case 45: TRUNCATE of a month that was made later", async () => {
    await t.adminSql("do $$ begin set local role countersign_owner; call audit.make_partitions(18); end $$");
    const [last] = await t.adminSql(
      "select c.oid::regclass::text as name from pg_class c join pg_inherits h on h.inhrelid = c.oid where h.inhparent = 'audit.entry'::regclass and c.relname ~ '_20' order by 1 desc limit 1",
    );
    for (const name of [String(last?.["name"]), "audit.entry_default"])
      expect(await attack(s.superuser, "", `truncate ${name} cascade`)).toMatchObject({
        refused: "42501",
        message: expect.stringContaining("append-only"),
      });
  });
});
