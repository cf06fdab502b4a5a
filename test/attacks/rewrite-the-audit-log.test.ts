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

describe("case 42 (A2), invariant 19: the app's own login cannot rewrite the audit log", () => {
  it.each<[string, string]>([
    ["update a leaf", "update audit.entry set leaf = '{}'"],
    ["update a time", "update audit.entry set ts = now()"],
    ["delete an entry", "delete from audit.entry"],
    ["truncate the log", "truncate audit.entry"],
    ["truncate with what hangs on it", "truncate audit.entry cascade"],
    ["merge", "merge into audit.entry e using (select 1) x on true when matched then delete"],
    ["update a body", "update audit.body set ct = ''"],
    ["delete a body", "delete from audit.body"],
    ["truncate the bodies", "truncate audit.body"],
    [
      "write a leaf of the tree",
      "insert into audit.leaf select tenant_id, 0, entry_id, leaf_hash, leaf_hash from audit.entry limit 1",
    ],
    ["write a head", "insert into audit.head (tenant_id) select app.tid()"],
    ["update the sequencer's place", "update audit.sequencer set low_xid = '0'"],
    ["delete from the index of the log", "delete from audit.search"],
    [
      "upsert over an entry",
      "insert into audit.entry (tenant_id, entry_id, leaf) select tenant_id, entry_id, leaf from audit.entry limit 1 on conflict (tenant_id, entry_id) do update set leaf = excluded.leaf",
    ],
    ["lock it against everybody", "lock table audit.entry in access exclusive mode"],
    ["drop it", "drop table audit.entry"],
    ["take its trigger away", "alter table audit.entry disable trigger append_only"],
    ["take its policy away", "alter table audit.entry disable row level security"],
    ["make a rule on it", "create rule r as on insert to audit.entry do instead nothing"],
    ["rename it", "alter table audit.entry rename to gone"],
    ["give rights on it away", "grant update on audit.entry to public"],
    [
      "replace the guard",
      "create or replace function audit.refuse() returns trigger language plpgsql as 'begin return old; end'",
    ],
    ["make a schema before it", "create schema evil"],
  ])("%s", async (_name, statement) => {
    const answer = await attack(s.app, s.acme.claim.text, statement);
    // GRANT by who may not grant is a warning in PostgreSQL; what counts is that nothing was given.
    if (statement.startsWith("grant")) {
      const given = await t.adminSql("select has_table_privilege('countersign_app', 'audit.entry', 'update') as given");
      expect(given).toEqual([{ given: false }]);
      return;
    }
    expect(answer).toMatchObject({ refused: "42501" });
  });
});
