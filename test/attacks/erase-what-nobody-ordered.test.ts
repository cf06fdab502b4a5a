// Erasure and retention are the only ways in which something leaves the log. Here they are used by somebody who has the operator's
// rights, or the eraser's, and no order.

import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { orderErasure, type OperatorActs } from "#audit/io";
import { attack, sampleEntry, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";
import { pastEntry, pastMonth, sequenced } from "../support/sequenced.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const acts: OperatorActs = {
  access: t.operator,
  append: t.append,
  by: { type: "operator", id: "test" },
  observer: { type: "app", id: "countersign" },
  requestId: "r",
};
let s: Scene;
let some: string;
beforeAll(async () => {
  s = await scene(t);
  some = await t.db.withTenant(s.acme.claim, (tx) => t.append(tx, sampleEntry("an entry that orders nothing")));
  for (const [epoch, tenant] of [s.acme, s.globex].entries()) await sequenced(t, tenant.id, epoch + 1, true);
});
const as = (role: string, ...statements: readonly (string | readonly [string, readonly unknown[]])[]) =>
  attack(s.superuser, "", `set local role countersign_${role}`, ...statements);
const refused = { refused: "42501" };

describe("R1, A2: nothing is erased without a witnessed order", () => {
  afterEach(async () => {
    await checkWorld(t);
  });

  it.each(["delete from audit.body", "delete from audit.entry"])("the eraser itself: %s", async (statement) => {
    expect(await as("eraser", statement)).toMatchObject({
      ...refused,
      message: expect.stringContaining("append-only"),
    });
  });

  it.each([
    "update audit.entry set leaf = leaf",
    "truncate audit.body",
    "select ct from audit.body",
    "delete from audit.leaf",
    "update audit.head set size = 0",
  ])("the eraser has no other right: %s", async (statement) => {
    expect(await as("eraser", statement)).toMatchObject(refused);
  });

  it.each(["app", "operator", "owner", "sequencer", "verifier", "auditor"])("the %s deletes nothing", async (role) => {
    expect(await as(role, "delete from audit.body where true")).toMatchObject(
      role === "owner" ? { count: 0 } : refused,
    );
  });

  it("the operator, with an entry of another kind for an order", async () => {
    expect(
      await as(
        "operator",
        ["call audit.erase_order($1, $1, $2)", [s.acme.id, some]],
        ["call audit.erase_tenant_begin($1, $2)", [s.acme.id, some]],
      ),
    ).toMatchObject({ ...refused, message: expect.stringContaining("no order") });
  });

  it("with an id that is no entry at all", async () => {
    const none = randomUUID();
    expect(
      await as(
        "operator",
        ["call audit.erase_order($1, $1, $2)", [s.acme.id, none]],
        ["call audit.erase_tenant_begin($1, $2)", [s.acme.id, none]],
      ),
    ).toMatchObject(refused);
  });

  it("with another tenant's order", async () => {
    const ordered = await orderErasure(acts, s.globex.id);
    if (ordered.kind !== "ordered") throw new Error(ordered.kind);
    await sequenced(t, s.globex.id, 10, true);
    expect(
      await as("operator", ["call audit.erase_order($1, $2, $3)", [s.acme.id, s.globex.id, ordered.order]]),
    ).toMatchObject({ refused: "23514" });
    expect(
      await as(
        "operator",
        ["call audit.erase_order($1, $1, $2)", [s.acme.id, ordered.order]],
        ["call audit.erase_tenant_begin($1, $2)", [s.acme.id, ordered.order]],
      ),
    ).toMatchObject(refused);
  });

  it("with an order that no witness has seen", async () => {
    const ordered = await orderErasure(acts, s.acme.id);
    if (ordered.kind !== "ordered") throw new Error(ordered.kind);
    expect(await as("operator", ["call audit.erase_tenant_begin($1, $2)", [s.acme.id, ordered.order]])).toMatchObject({
      ...refused,
      message: expect.stringContaining("not witnessed"),
    });
    expect(
      await as("operator", ["call audit.erase_tenant_step($1, $2, 'rows_deleted', '')", [s.acme.id, ordered.order]]),
    ).toMatchObject(refused);
    expect(await as("operator", ["call audit.erase_tenant_end($1, $2, '')", [s.acme.id, ordered.order]])).toMatchObject(
      refused,
    );
  });

  it("rows of a tenant without an order, through the procedure", async () => {
    expect(await as("operator", ["select audit.erase_tenant_rows($1, 10)", [s.acme.id]])).toMatchObject(refused);
  });

  it("the platform's own log", async () => {
    expect(
      await as("operator", ["call audit.erase_order($1, $1, $2)", ["00000000-0000-7000-8000-000000000000", some]]),
    ).toMatchObject({ refused: "23514" });
  });

  it("the superuser, with a step of his own making", async () => {
    expect(
      await attack(s.superuser, "", "set local session_replication_role = replica", [
        "insert into audit.erasure_step (tenant_id, order_id, step) values ($1, $2, 'admitted')",
        [s.acme.id, some],
      ]),
    ).toMatchObject(refused);
  });
});

describe("A2: no month goes early", () => {
  const month = (ago: number): string =>
    new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - ago, 15)).toISOString().slice(0, 7);
  const begin = (name: string, entry: string) =>
    as("operator", ["call audit.erase_month_begin($1::date, $2, repeat('0', 64))", [`${name}-01`, entry]]);

  it("this one", async () => {
    expect(await begin(month(0), some)).toMatchObject({ ...refused, message: expect.stringContaining("six months") });
  });

  it("one that is not retired cannot be dropped, nor emptied", async () => {
    expect(await as("operator", ["call audit.drop_month($1::date)", [`${month(0)}-01`]])).toMatchObject(refused);
    expect(await as("operator", ["select audit.erase_month_rows($1::date, 10)", [`${month(0)}-01`]])).toMatchObject(
      refused,
    );
  });

  it("an old one without an entry that says so", async () => {
    await pastMonth(t, month(20));
    expect(await begin(month(20), some)).toMatchObject({
      ...refused,
      message: expect.stringContaining("retention.drop"),
    });
  });

  it("one with an entry that was written today under an id of then, to have it dropped", async () => {
    await pastMonth(t, month(21));
    const then = new Date(`${month(21)}-15T00:00:00Z`);
    await pastEntry(t, s.globex.id, then, new Date());
    expect(await begin(month(21), some)).toMatchObject({ ...refused, message: expect.stringContaining("six months") });
  });
});
