import type pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { testDatabase, type TestTenant } from "../../support/database.ts";

const t = await testDatabase();
const ROWS = 50_000;
let acme: TestTenant;
let app: pg.Client;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  const admin = await t.adminClient();
  await admin.query(`
    create schema skew;
    create table skew.event (tenant_id uuid not null, id bigint not null, kind integer not null, primary key (tenant_id, id));
    insert into skew.event select case when n <= ${ROWS * 0.6} then '${acme.id}'::uuid else md5((n % 400)::text)::uuid end, n, n % 7 from generate_series(1, ${ROWS}) n;
    call platform.isolate_tenant_rows('skew.event');
    grant usage on schema skew to countersign_app;
    grant select on skew.event to countersign_app;
    analyze skew.event`);
  app = await t.appClient();
});

const plan = z.tuple([
  z.object({ "QUERY PLAN": z.tuple([z.object({ Plan: z.object({ "Plan Rows": z.number() }) })]) }),
]);
async function estimated(where: string): Promise<number> {
  await app.query("begin");
  await app.query("select set_config('app.claim', $1, true)", [acme.claim.text]);
  const { rows } = await app.query(`explain (format json) select * from skew.event ${where}`);
  await app.query("commit");
  return plan.parse(rows)[0]["QUERY PLAN"][0].Plan["Plan Rows"];
}

describe("D18 a tenant with six of ten rows", () => {
  it("is planned for with exact numbers where the statement names the tenant, too; by the policy alone the planner guesses", async () => {
    const named = await estimated(`where tenant_id = '${acme.id}'`);
    expect(Math.abs(named - ROWS * 0.6)).toBeLessThan(ROWS * 0.06);
    expect(await estimated("")).toBeLessThan(ROWS * 0.1);
  });
});
