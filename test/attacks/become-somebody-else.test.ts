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

describe("case 43 (A2, T2): the app's login cannot become another role", () => {
  const roles = ["owner", "operator", "doer", "broker", "scheduler", "sequencer", "eraser", "verifier", "auditor"].map(
    (role) => `countersign_${role}`,
  );

  it.each([...roles, "postgres", "pg_read_all_data", "pg_write_all_data", "pg_execute_server_program"])(
    "set role %s",
    async (role) => {
      expect(await attack(s.app, s.acme.claim.text, `set role ${role}`)).toMatchObject({ refused: "42501" });
    },
  );

  it.each<[string, string]>([
    ["set session authorization", "set session authorization postgres"],
    ["replica mode, which switches ordinary triggers off", "set session_replication_role = replica"],
    ["give itself BYPASSRLS", "alter role current_user bypassrls"],
    ["make a role", "create role evil superuser"],
    ["grant itself the owner", "grant countersign_owner to current_user"],
    ["read a file of the server", "select pg_read_file('postgresql.conf')"],
    ["run a program", "copy (select 1) to program 'id'"],
    ["read passwords", "select * from pg_authid"],
    ["read the claim key", "select * from keyring.claim_key"],
    ["read another tenant's registry row", "select * from platform.tenant"],
    ["move an installation", "select platform.bind_installation(2, app.tid(), 'github.com')"],
    ["make a tenant", "select platform.onboard_tenant('evil', 'local')"],
    ["write the registry", "update platform.tenant set epoch = epoch + 1"],
    ["write the migration log", "insert into platform.migration (name, run_on) values ('9999_x', now())"],
    ["make a table", "create table public.evil (id int)"],
    ["make a temporary table, to be found before a real one", "create temporary table tenant (id int)"],
    ["call a guard's procedure", "call audit.make_partitions(1)"],
  ])("%s", async (_name, statement) => {
    const answer = await attack(s.app, s.acme.claim.text, statement);
    expect(answer).toMatchObject({ refused: "42501" });
  });

  it("alter system, which runs in no transaction", async () => {
    await expect(s.app.query("alter system set fsync = off")).rejects.toMatchObject({ code: "42501" });
  });
});
