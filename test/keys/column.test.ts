import { beforeAll, describe, expect, it } from "vitest";
import { openColumn, sealColumn } from "#keys/io";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

const PLACE = { column: "gateway.call.arguments", row: "7" };
const VALUE = { statement: "select 1", of: ["a", 1, null, true] };
const seal = (): Promise<Buffer> => t.db.withTenant(acme.claim, (tx) => sealColumn(t.keys, tx, PLACE, VALUE));
const open = (sealed: Uint8Array, place = PLACE, who = acme) =>
  t.db.withTenant(who.claim, (tx) => openColumn(t.keys, tx, place, sealed));

describe("T3 a value in a column", () => {
  it("opens where it was sealed, and says nothing in between", async () => {
    const sealed = await seal();
    expect(sealed.toString("latin1")).not.toContain("select");
    expect(await open(sealed)).toEqual({ kind: "open", value: VALUE });
    expect(sealed.equals(await seal())).toBe(false);
  });

  it.each([
    ["another row", { ...PLACE, row: "8" }],
    ["another column", { ...PLACE, column: "gateway.call.result" }],
  ])("does not open in %s", async (_, place) => {
    await expect(open(await seal(), place)).rejects.toMatchObject({ code: "keys_unavailable" });
  });

  it("does not open for another tenant", async () => {
    await expect(open(await seal(), PLACE, globex)).rejects.toMatchObject({ code: "keys_unavailable" });
  });

  it.each([0, 1, 15, 16, 30])("does not open cut to %i bytes", async (length) => {
    const sealed = await seal();
    await expect(open(sealed.subarray(0, length))).rejects.toMatchObject({ code: "keys_unavailable" });
  });

  it.each([0, 15, 20, 40])("does not open with byte %i altered", async (at) => {
    const sealed = await seal();
    sealed.writeUInt8(sealed.readUInt8(at) ^ 1, at);
    await expect(open(sealed)).rejects.toMatchObject({ code: "keys_unavailable" });
  });
});
