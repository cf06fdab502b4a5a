import { describe, expect, it } from "vitest";
import type { NewEntry } from "#audit";
import { createDiscover } from "#sqlguard/io";
import { clientServer } from "./client-server.ts";
import { probe } from "./probe.ts";
import { lent } from "./lent.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(
  t,
  `create schema hidden; create table hidden.salaries (id int);
   create table shop.partly (id int, secret text default 'a default of somebody''s'); create index partly_id on shop.partly (id)`,
);
await t.adminSql(`revoke select on shop.partly from ${world.role}; grant select (id) on shop.partly to ${world.role}`);

const entries: NewEntry[] = [];
const discover = createDiscover({
  connectionNamed: async (name) =>
    name === "SHOP"
      ? lent(world.url)
      : name === "ADMIN"
        ? lent(t.adminUrl)
        : { kind: "no_connection", why: "There is none." },
  append: async (entry) => entries.push(entry),
});
const who = { initiator: { type: "agent", id: "a" }, target: { type: "tenant", id: "t" }, requestId: "r" } as const;

describe("G6: an agent learns what tables there are, within the same walls", () => {
  it("tables, columns, indexes, sizes and foreign keys; nothing of a row, nothing it may not read; nothing is left", async () => {
    const before = await probe(t, world.since);
    const shown = await discover({ ...who, connection: "SHOP" });
    expect(await probe(t, world.since)).toEqual(before);
    const tables = shown.kind === "schema" ? shown.schema.tables : [];
    expect(tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual(
      ["customers", "daily", "events", "items", "notes", "orders", "paid_orders", "paid_totals", "partly"].map(
        (name) => `shop.${name}`,
      ),
    );
    expect(tables.find(({ name }) => name === "items")).toMatchObject({
      kind: "table",
      rows: 600,
      columns: [
        { name: "id", type: "integer", nullable: false },
        { name: "order_id", type: "integer", nullable: false },
        { name: "price", type: "numeric", nullable: false },
        { name: "quantity", type: "integer", nullable: false },
      ],
      indexes: [{ name: "items_pkey", definition: expect.stringContaining("UNIQUE INDEX items_pkey") }],
      references: [{ columns: ["order_id"], table: "shop.orders", tableColumns: ["id"] }],
    });
    expect(tables.find(({ name }) => name === "partly")?.columns.map(({ name }) => name)).toEqual(["id"]);
    expect(JSON.stringify(shown)).not.toMatch(/example\.com|salaries|somebody/);
    expect(entries.at(-1)).toMatchObject({
      kind: "sql.schema",
      outcome: "success",
      body: { connection: "SHOP", tables: 9 },
    });
  });

  it("fail closed: a login that may write is shown nothing, and that is an entry", async () => {
    expect(await discover({ ...who, connection: "ADMIN" })).toMatchObject({ kind: "denied" });
    expect(entries.at(-1)).toMatchObject({ kind: "sql.schema", outcome: "refused", body: { tables: 0 } });
  });

  it("a connection that is not there", async () => {
    expect(await discover({ ...who, connection: "OTHER" })).toMatchObject({ kind: "no_connection" });
  });
});
