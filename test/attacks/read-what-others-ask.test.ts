// Every session of the app's login may read, in PostgreSQL's view of activity, the text of what all others of that login are asking. A
// claim that stood there could be copied by whoever gets a statement into one tenant's session, and is good for fifteen minutes.

import pg from "pg";
import sql from "sql-template-tag";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { attack, asOperator, sampleEntry, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const CLAIM = /v2\.[0-9a-f-]{36}\./;
const counted = z.object({ n: z.int() });
const own = sql`select count(*)::int as n from audit.search`;

/** Texts of all statements that go over a connection while `work` runs; parameters are no part of them, here as in the view. */
async function textsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const parse = vi.spyOn(pg.Connection.prototype, "parse");
  const query = vi.spyOn(pg.Connection.prototype, "query");
  await work();
  const parsed = parse.mock.calls.map(([asked]) => asked.text);
  const plain = query.mock.calls.map(([text]) => text);
  return [...parsed, ...plain];
}

describe("T2 what others ask is to be seen, and holds no claim", () => {
  it("the view shows the text of another tenant's statement, or all below would prove nothing", async () => {
    const seen = await t.db.withTenant(s.globex.claim, async (tx) => {
      await tx.run(sql`select 'a statement of globex' as said`);
      return attack(
        s.app,
        s.acme.claim.text,
        "select from pg_stat_activity where query like '%statement of globex%' and pid <> pg_backend_pid()",
      );
    });
    expect(seen).toMatchObject({ count: 1 });
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a transaction of a tenant", () => t.db.withTenant(s.globex.claim, (tx) => tx.one(own, counted))],
    ["an entry of its log", () => t.db.withTenant(s.globex.claim, (tx) => t.append(tx, sampleEntry("x")))],
    ["the operator's work in its log", () => asOperator(t, s.globex, (tx) => tx.one(own, counted))],
    ["making a claim", () => t.db.claimFor(s.globex.id)],
  ])("%s sends no claim as a statement's text", async (_, work) => {
    const texts = await textsOf(work);
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.filter((text) => CLAIM.test(text) || text.includes(s.globex.claim.text.slice(-64)))).toEqual([]);
  });

  it("nor does a look without pause find one while a hundred transactions of the other tenant begin and end", async () => {
    let over = false;
    const working = (async () => {
      for (let at = 0; at < 100; at += 1) await t.db.withTenant(s.globex.claim, (tx) => tx.one(own, counted));
      over = true;
    })();
    let looks = 0;
    const found: unknown[] = [];
    while (!over) {
      const answer = await attack(
        s.app,
        s.acme.claim.text,
        `select query from pg_stat_activity where pid <> pg_backend_pid() and query ~ 'v2[.][0-9a-f-]{36}'`,
      );
      looks += 1;
      if ("rows" in answer) found.push(...answer.rows);
    }
    await working;
    expect(looks).toBeGreaterThan(5);
    expect(found).toEqual([]);
  });

  it("other views of the server hold none either: prepared statements, cursors, locks, settings", async () => {
    const held = await t.db.withTenant(s.globex.claim, () =>
      attack(
        s.app,
        s.acme.claim.text,
        `select x from (select p::text as x from pg_prepared_statements p union all select c::text from pg_cursors c
           union all select l::text from pg_locks l union all select g.name || g.setting from pg_settings g where g.name <> 'app.claim') all_of_it
           where x like '%${s.globex.id}%' or x ~ 'v2[.][0-9a-f-]{36}[.]'`,
      ),
    );
    expect(held).toMatchObject({ count: 0 });
  });
});
