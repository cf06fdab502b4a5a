import { beforeAll, describe, expect, it } from "vitest";
import { entryId, type EntryId } from "#kernel";
import type { NewEntry } from "#audit";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

const entry = (over: Partial<NewEntry> = {}): NewEntry =>
  sampleEntry({ title: "Überweisung \u0000 \ud83d\ude00", list: [1, null, true] }, over);

function given(text: string): EntryId {
  const id = entryId(text);
  if (id === null) throw new Error(text);
  return id;
}

describe("A1 append", () => {
  it("writes leaf and body that verify, with no name in the leaf", async () => {
    const id = await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ body: { login: "mallory" } })));
    const [row] = await t.adminSql("select convert_from(leaf, 'UTF8') as leaf from audit.entry where entry_id = $1", [
      id,
    ]);
    expect(String(row?.["leaf"])).not.toContain("mallory");
    await checkWorld(t);
  });

  it("case 16: the same id with the same content is one entry", async () => {
    const id = given("01ff0000-0000-7000-8000-000000000001");
    await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ id })));
    await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ id })));
    expect(await t.adminSql("select from audit.entry where entry_id = $1", [id])).toHaveLength(1);
    expect(await t.adminSql("select from audit.body where entry_id = $1", [id])).toHaveLength(1);
  });

  it.each<[string, Partial<NewEntry>]>([
    ["another body", { body: "other" }],
    ["another outcome", { outcome: "failure" }],
    ["another initiator", { initiator: { type: "human", id: "8" } }],
  ])("case 16: the same id with %s is a fault, and the first stands", async (_name, over) => {
    const id = given("01ff0000-0000-7000-8000-000000000002");
    await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ id })));
    await expect(t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ id, ...over })))).rejects.toMatchObject({
      code: "invariant_broken",
    });
  });

  it("T2 two tenants may use the same id: neither learns of the other's", async () => {
    const id = given("01ff0000-0000-7000-8000-000000000003");
    await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ id, body: "acme" })));
    await t.db.withTenant(globex.claim, (tx) => t.append(tx, entry({ id, body: "globex" })));
    expect(await t.adminSql("select from audit.entry where entry_id = $1", [id])).toHaveLength(2);
  });

  it("case 32: is rolled back with the state it tells about", async () => {
    const before = await t.adminSql("select from audit.entry");
    await expect(
      t.db.withTenant(acme.claim, async (tx) => {
        await t.append(tx, entry());
        throw new Error("the act was not committed");
      }),
    ).rejects.toThrow("the act was not committed");
    expect(await t.adminSql("select from audit.entry")).toHaveLength(before.length);
  });

  it("case 57: a body of a megabyte is kept; one over the limit is refused with a sentence", async () => {
    await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ body: "x".repeat(1024 * 1024) })));
    await expect(
      t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ body: "x".repeat(65 * 1024 * 1024) }))),
    ).rejects.toMatchObject({ code: "input_invalid" });
    await checkWorld(t);
  });

  it("case 56: a body that has no canonical form is refused", async () => {
    await expect(t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ body: { n: 0.5 } })))).rejects.toThrow(
      "safe integer",
    );
  });
});

describe("recent", () => {
  it("gives the newest first, of the wanted kinds, of this tenant only", async () => {
    const intent = await t.db.withTenant(globex.claim, (tx) =>
      t.append(tx, entry({ kind: "gate.merge", outcome: "intent" })),
    );
    await t.db.withTenant(globex.claim, (tx) => t.append(tx, entry({ kind: "gate.merge", intent, body: "merged" })));
    await t.db.withTenant(acme.claim, (tx) => t.append(tx, entry({ kind: "gate.merge" })));
    const found = await t.db.withTenant(globex.claim, (tx) => t.audit.recent(tx, { limit: 10, kinds: ["gate.merge"] }));
    expect(found.map((each) => [each.outcome, each.intent])).toEqual([
      ["success", intent],
      ["intent", null],
    ]);
    expect(found[0]?.body).toMatchObject({ payload: "merged", initiator: { type: "human", id: "7" } });
  });

  it("an onboarded tenant's log begins with its onboarding and its installation", async () => {
    const found = await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 500 }));
    expect(found.slice(-2).map((each) => each.kind)).toEqual(["tenant.bind_installation", "tenant.onboard"]);
  });
});
