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

const LEAF = `convert_to(format('{"id":"%s","log":"%s","ts":"%s"}', '01ff0000-0000-7000-8000-00000000000c', $1::text, to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'UTF8')`;
const insertFor = `insert into audit.entry (tenant_id, entry_id, leaf) values ($1::uuid, '01ff0000-0000-7000-8000-00000000000c', ${LEAF})`;

describe("case 51 (T2): no statement crosses from one tenant to another", () => {
  it("D10 insert a row for another tenant", async () => {
    expect(await attack(s.app, s.acme.claim.text, [insertFor, [s.globex.id]])).toMatchObject({ refused: "42501" });
  });

  it("D10 insert a row without a claim", async () => {
    expect(await attack(s.app, "", [insertFor, [s.acme.id]])).toMatchObject({ refused: "42501" });
  });

  it.each<[string, string]>([
    ["by id", "select from audit.entry where tenant_id = $1::uuid"],
    [
      "by a condition that is always true",
      "select from audit.entry where (tenant_id = $1::uuid or true) and tenant_id <> app.tid()",
    ],
    ["through a join", "select from audit.entry e join audit.body b using (entry_id) where e.tenant_id = $1::uuid"],
    ["through the index of the log", "select from audit.search where tenant_id = $1::uuid"],
    [
      "through an aggregate",
      "select from (select tenant_id from audit.entry group by tenant_id) x where tenant_id = $1::uuid",
    ],
  ])("read %s: zero rows", async (_name, statement) => {
    expect(await attack(s.app, s.acme.claim.text, [statement, [s.globex.id]])).toMatchObject({ count: 0 });
  });

  it("with a function of its own that leaks what the policy has not yet filtered", async () => {
    const leak =
      "create function pg_temp.leak(text) returns bool language plpgsql cost 0.0000001 as 'begin raise notice ''%'', $1; return true; end'";
    expect(await attack(s.app, s.acme.claim.text, leak)).toMatchObject({ refused: "42501" });
  });

  it("D13 ON CONFLICT does not tell whether another tenant has the id", async () => {
    const [row] = await t.adminSql("select entry_id from audit.entry where tenant_id = $1 limit 1", [s.globex.id]);
    const statement = `insert into audit.search (tenant_id, entry_id, kind) values (app.tid(), $1::uuid, 'x') on conflict do nothing`;
    expect(await attack(s.app, s.acme.claim.text, [statement, [row?.["entry_id"]]])).toMatchObject({ count: 1 });
  });

  it("D12 a body cannot hang on another tenant's entry", async () => {
    const [row] = await t.adminSql("select entry_id from audit.entry where tenant_id = $1 limit 1", [s.globex.id]);
    const statement =
      "insert into audit.body (tenant_id, entry_id, part, nonce, ct) values (app.tid(), $1::uuid, 9, sha256('x'), 'x')";
    expect(await attack(s.app, s.acme.claim.text, [statement, [row?.["entry_id"]]])).toMatchObject({
      refused: "23503",
    });
  });

  it("D15 row_security = off is an error, not a view of everything", async () => {
    expect(
      await attack(s.app, s.acme.claim.text, "set local row_security = off", "select from audit.entry"),
    ).toMatchObject({ refused: "42501" });
  });

  it("D15 COPY TO gives the tenant's own rows", async () => {
    const own = await attack(s.app, s.acme.claim.text, "select from audit.search");
    const answer = await attack(
      s.app,
      s.acme.claim.text,
      "copy (select tenant_id from audit.search where tenant_id <> app.tid()) to stdout",
    );
    expect(own).not.toMatchObject({ count: 0 });
    expect(answer).toMatchObject({ count: 0 });
  });

  it("D20 pg_stats shows the app no sample of a tenant's values", async () => {
    await t.adminSql("analyze audit.entry");
    expect(
      await attack(
        s.app,
        s.acme.claim.text,
        "select from pg_stats where schemaname = 'audit' and tablename in ('entry', 'body', 'search')",
      ),
    ).toMatchObject({ count: 0 });
  });

  it("own_tenant and own_installations answer for the claimed tenant only", async () => {
    expect(await attack(s.app, s.acme.claim.text, "select prefix from platform.own_tenant()")).toMatchObject({
      rows: [{ prefix: "acme" }],
    });
    expect(
      await attack(s.app, s.acme.claim.text, "select installation_id from platform.own_installations()"),
    ).toMatchObject({ rows: [{ installation_id: "1" }] });
    expect(await attack(s.app, "", "select from platform.own_installations()")).toMatchObject({ count: 0 });
  });
});
