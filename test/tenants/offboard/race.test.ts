// R1: taking back and erasing are compare-and-set on one row, by the database's clock.

import type pg from "pg";
import sql from "sql-template-tag";
import { expect, it } from "vitest";
import { z } from "zod";
import { withOperator } from "#platform/postgres";
import { testDatabase } from "../../support/database.ts";
import { offboarding } from "../../support/offboarding.ts";

const t = await testDatabase();
const way = await offboarding(t);
const RACES = 400;
const done = z.object({ done: z.boolean() });

it("R1 O3 O4 of 400 races at the boundary each has one winner: never both, never neither", async () => {
  const acme = await t.tenant("acme", 1);
  await way.order(acme);
  // The operator's functions, without a new connection for each try: the boundary is a matter of milliseconds.
  const [first, second] = [await t.adminClient(), await t.adminClient()];
  const asked = async (client: pg.Client, text: string): Promise<boolean> =>
    done.parse((await client.query(text, [acme.id])).rows[0]).done;
  const won = { reinstated: 0, purged: 0, both: 0, neither: 0 };
  for (let race = 0; race < RACES; race++) {
    await t.adminSql(
      "update platform.tenant set state = 'suspended', hard_after = clock_timestamp() + make_interval(secs => $2::float8) where id = $1",
      [acme.id, (race % 8) / 2_000],
    );
    const purge = async (): Promise<boolean> => {
      for (;;) {
        if (await asked(second, "select platform.begin_purge($1) as done")) return true;
        const [row] = await t.adminSql("select state from platform.tenant where id = $1", [acme.id]);
        if (row?.["state"] === "active") return false;
      }
    };
    const reinstate = async (): Promise<boolean> => {
      // From before the boundary until one of the two has it.
      await first.query("select pg_sleep($1::float8)", [(race % 5) / 2_000]);
      return asked(first, "select count(*) > 0 as done from platform.reinstate_tenant($1)");
    };
    const [purged, reinstated] = await Promise.all([purge(), reinstate()]);
    if (purged && reinstated) won.both += 1;
    else if (purged) won.purged += 1;
    else if (reinstated) won.reinstated += 1;
    else won.neither += 1;
  }
  expect(won).toMatchObject({ both: 0, neither: 0 });
  expect(won.reinstated + won.purged).toBe(RACES);
  expect(Math.min(won.reinstated, won.purged), JSON.stringify(won)).toBeGreaterThan(0);
  await withOperator(t.operator, (tx) => tx.one(sql`select true as done`, done));
}, 60_000);
