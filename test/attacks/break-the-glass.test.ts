import { beforeAll, describe, expect, it } from "vitest";
import { attack, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
});

const BREAK = "set local audit.migration = 'ticket 12: a stuck index'";
const uses = () => t.adminSql("select reason, command, by_user from audit.break_glass order by break_glass_id");

describe("(A2) the break-glass setting is a way past the guards that cannot be taken unseen", () => {
  it("lets a change through, and leaves one row in the transaction of the change", async () => {
    expect(
      await attack(
        s.superuser,
        "",
        BREAK,
        "create index one on audit.search (run)",
        "drop index audit.one",
        "create index two on audit.search (run)",
      ),
    ).not.toHaveProperty("refused");
    expect(await uses()).toEqual([
      { reason: "ticket 12: a stuck index", command: "CREATE INDEX", by_user: "postgres" },
    ]);
  });

  it("the change is a drift until it is accepted or taken back", async () => {
    const drift = await t.adminSql("select audit.guard_drift() as line");
    expect(drift).toEqual([{ line: expect.stringMatching(/^\+ audit\.search CREATE INDEX two/) }]);
    expect(await attack(s.superuser, "", "create table public.unrelated (id int)")).toMatchObject({ refused: "42501" });
    expect(await attack(s.superuser, "", BREAK, "drop index audit.two")).not.toHaveProperty("refused");
    expect(await t.adminSql("select audit.guard_drift() as line")).toEqual([]);
    expect(await attack(s.superuser, "", "create table public.unrelated (id int)")).not.toHaveProperty("refused");
  });

  it("leaves nothing for DDL that changes no guard", async () => {
    const before = await uses();
    await attack(s.superuser, "", BREAK, "create table public.other (id int)");
    expect(await uses()).toEqual(before);
  });

  it("its row cannot be taken away by whoever used it", async () => {
    for (const statement of [
      "delete from audit.break_glass",
      "update audit.break_glass set reason = 'nothing'",
      "truncate audit.break_glass",
    ])
      expect(await attack(s.superuser, "", BREAK, statement)).toMatchObject({ refused: "42501" });
  });

  it("an empty reason is none", async () => {
    expect(
      await attack(s.superuser, "", "set local audit.migration = ''", "create index three on audit.search (run)"),
    ).toMatchObject({ refused: "42501" });
  });

  it("the app may set it, and it is of no use: what it may not do it still may not", async () => {
    expect(
      await attack(s.app, s.acme.claim.text, BREAK, "alter table audit.entry disable trigger append_only"),
    ).toMatchObject({ refused: "42501" });
    expect(
      await attack(
        s.app,
        s.acme.claim.text,
        BREAK,
        "insert into audit.break_glass (reason, command) values ('x', 'y')",
      ),
    ).toMatchObject({ refused: "42501" });
    expect(await attack(s.app, s.acme.claim.text, BREAK, "call audit.expect_catalog('fine')")).toMatchObject({
      refused: "42501",
    });
  });

  it("does not remove what it is recorded in", async () => {
    expect(await attack(s.superuser, "", BREAK, "drop schema audit cascade")).toMatchObject({ refused: "42501" });
  });
});

describe("(A2) a broken fingerprint blocks all DDL, and the break-glass setting mends it", () => {
  it("fails closed, also for what has nothing to do with it", async () => {
    const [{ body } = { body: "" }] = await t.adminSql(
      "select pg_get_functiondef('guards.month_bound(date)'::regprocedure) as body",
    );
    expect(
      await attack(
        s.superuser,
        "",
        BREAK,
        "create or replace function guards.month_bound(month date) returns text language sql as 'select (1 / 0)::text'",
      ),
    ).not.toHaveProperty("refused");
    expect(await attack(s.superuser, "", "create table public.anything (id int)")).toMatchObject({ refused: "22012" });
    expect(await attack(s.superuser, "", BREAK, String(body))).not.toHaveProperty("refused");
    expect(await t.adminSql("select audit.guard_drift() as line")).toEqual([]);
    expect(await attack(s.superuser, "", "create table public.anything (id int)")).not.toHaveProperty("refused");
    expect(await uses()).toHaveLength(4);
  });
});
