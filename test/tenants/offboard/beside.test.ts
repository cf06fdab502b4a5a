// O20: beside a client whose rows go batch by batch, everybody else works on.

import { expect, it } from "vitest";
import sql from "sql-template-tag";
import { z } from "zod";
import { withOperator } from "#platform/postgres";
import { sampleEntry } from "../../support/attack.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { offboarding } from "../../support/offboarding.ts";
import { checkWorld } from "../../support/world.ts";

const t = await testDatabase();
const way = await offboarding(t);
const ROWS = 200;
const countRow = z.object({ n: z.int() });

const deliveries = ({ id }: TestTenant) =>
  t.adminSql(
    `insert into inbox.delivery (tenant_id, guid, event, installation_id, payload)
       select $1, 'd-' || n, 'push', 1, 'x' from generate_series(1, $2::int) n`,
    [id, ROWS],
  );
const left = async ({ id }: TestTenant): Promise<unknown> =>
  (await t.adminSql("select count(*)::int as n from inbox.delivery where tenant_id = $1", [id]))[0]?.["n"];

it("O20 while a client's rows are deleted, also beside a batch that stands open, another one reads and writes and waits for no lock", async () => {
  const acme = await t.tenant("acme", 1);
  const globex = await t.tenant("globex", 2);
  await deliveries(acme);
  await deliveries(globex);
  await way.order(acme);
  await way.witness(acme);
  await way.drive(acme);
  await way.after(acme, 301);

  let written = ROWS;
  const works = () =>
    t.db.withTenant(globex.claim, async (tx) => {
      // A lock that it had to wait for would end it.
      await tx.run(sql`set local lock_timeout = '50ms'`);
      expect((await tx.one(sql`select count(*)::int as n from inbox.delivery`, countRow)).n).toBe(written);
      written += 1;
      await tx.run(
        sql`insert into inbox.delivery (tenant_id, guid, event, installation_id, payload)
          values (${globex.id}, ${`d-${written}`}, 'push', 1, 'x')`,
      );
      await t.append(tx, sampleEntry(written));
    });

  const commits: string[] = [];
  const after = async (commit: string): Promise<void> => {
    commits.push(commit);
    await works();
    if (commit !== "rows noted") return;
    await withOperator(t.operator, async (tx) => {
      const open = sql`select audit.erase_tenant_table(${acme.id}::uuid, c.oid::regclass, 50)::int as n
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'inbox' and c.relname = 'delivery'`;
      expect((await tx.one(open, countRow)).n).toBe(50);
      await works();
    });
  };
  expect(await way.drive(acme, { after, batch: 20 })).toEqual({ kind: "gone" });
  expect(commits.filter((commit) => commit === "rows of inbox.delivery").length).toBeGreaterThan(5);
  expect(await left(acme)).toBe(0);
  expect(await left(globex)).toBe(written);
  await checkWorld(t);
});
