// Operators, and acts that need two of them, on real PostgreSQL.

import { beforeAll, describe, expect, it } from "vitest";
import { isOperatorKey, type Act } from "#identity";
import {
  addingAct,
  addOperator,
  createSecondPerson,
  dropActs,
  listOperators,
  pendingActs,
  revokeOperator,
  type Added,
  type AddedBy,
  type SecondPerson,
} from "#identity/io";
import { Fault, PLATFORM_LOG, type TenantId } from "#kernel";
import { withOperator } from "#platform/postgres";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "shell" }, requestId: "r1" } as const;
const door = createSecondPerson(t.operator);
const add = (name: string, how: AddedBy): Promise<Added> => addOperator(t.operator, { name, how, by });
async function added(name: string, how: AddedBy): Promise<{ readonly id: string; readonly text: string }> {
  const made = await add(name, how);
  if (made.kind !== "added") throw new Error(made.kind);
  return made;
}
const take = (key: string, act: Act, from: SecondPerson = door) =>
  withOperator(t.operator, (tx) => from.take(tx, { key, act, by }));
const kindsIn = async (tenant: TenantId) => {
  const claim = await t.db.claimFor(tenant);
  if (claim === null) throw new Error("no claim");
  const entries = await t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: 100 }));
  return entries.map(({ kind, outcome }) => `${kind} ${outcome}`);
};

let acme: TestTenant;
let ada = "";
let bob = "";
let bobId = "";
let act: Act;
let number = 0;
/** Of its own for each test: the same one asked for twice is one. */
const another = (): Act => ({ ...act, about: { version: (number += 1) } });

beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  act = { kind: "tenant.break_glass", tenant: acme.id, about: {}, reason: "a laptop was stolen" };
  ada = (await added("ada", { kind: "first" })).text;
  const second = await added("bob", { kind: "operator", key: ada, reason: "so that there are two" });
  [bob, bobId] = [second.text, second.id];
});

describe("operators", () => {
  it("have a key of 256 bits, tagged, shown once; its hash is what is stored", async () => {
    expect(ada).toMatch(/^cso_[0-9a-f]{72}$/);
    expect(isOperatorKey(ada)).toBe(true);
    const rows = await t.adminSql("select o::text as row from identity.operator o");
    expect(JSON.stringify(rows)).not.toContain(ada.slice(4, 68));
    expect((await listOperators(t.operator)).map(({ name }) => name)).toEqual(["ada", "bob"]);
    expect(await kindsIn(PLATFORM_LOG)).toContain("operator.add success");
  });

  it("the second one is added with the first one's key, and with no other", async () => {
    const fresh = addingAct("eve", "I am alone here");
    expect(await add("eve", { kind: "first" })).toEqual({ kind: "needs_second_person" });
    expect(await add("eve", { kind: "operator", key: ada, reason: fresh.reason })).toEqual({
      kind: "needs_second_person",
    });
  });

  it("from the third on two people add one, for otherwise one could make another of himself", async () => {
    const reason = "carol joins";
    const adding = addingAct("carol", reason);
    const asked = await door.ask({ key: ada, act: adding, by });
    if (asked.kind !== "pending") throw new Error(asked.kind);
    expect(await add("carol", { kind: "operator", key: ada, reason })).toEqual({ kind: "needs_second_person" });
    await door.confirm({ key: bob, id: asked.id, by });
    // Confirmed was carol, and nobody else.
    expect(await add("mallory", { kind: "operator", key: ada, reason })).toEqual({ kind: "needs_second_person" });
    expect(await add("carol", { kind: "operator", key: ada, reason })).toMatchObject({ kind: "added" });
    expect(await add("carol", { kind: "operator", key: ada, reason })).toEqual({ kind: "needs_second_person" });
  });

  it("past the others only where fewer than two are left, and good for nothing before a day is over", async () => {
    expect(await add("eve", { kind: "recovery", reason: "x" })).toEqual({ kind: "two_are_there" });
    await t.adminSql("update identity.operator set revoked_at = now() where name <> 'ada'");
    try {
      const eve = await added("eve", { kind: "recovery", reason: "bob's key is lost" });
      expect(await door.ask({ key: eve.text, act: another(), by })).toEqual({ kind: "unknown_key" });
      await t.adminSql("update identity.operator set active_at = now() - interval '1 second' where name = 'eve'");
      expect(await door.ask({ key: eve.text, act: another(), by })).toMatchObject({ kind: "pending" });
    } finally {
      await t.adminSql("update identity.operator set revoked_at = now() where name = 'eve'");
      await t.adminSql("update identity.operator set revoked_at = null where name in ('bob', 'carol')");
    }
  });

  it("one that is revoked asks for nothing, confirms nothing, and what was confirmed by them no longer counts", async () => {
    const revoked = another();
    const asked = await door.ask({ key: ada, act: revoked, by });
    if (asked.kind !== "pending") throw new Error(asked.kind);
    await door.confirm({ key: bob, id: asked.id, by });
    const access = { ...t.operator, spool: t.spool };
    expect(await revokeOperator(access, { id: bobId, by })).toMatchObject({ kind: "revoked", name: "bob" });
    expect(await revokeOperator(access, { id: bobId, by })).toMatchObject({ kind: "already" });
    expect(await take(ada, revoked)).toBeNull();
    const again = await door.ask({ key: ada, act: revoked, by });
    expect(again, "it waits for somebody else, and is not confirmed").toMatchObject({ kind: "pending" });
    expect(await door.confirm({ key: bob, id: asked.id, by })).toEqual({ kind: "unknown_key" });
    await t.adminSql("update identity.operator set revoked_at = null where name = 'bob'");
  });

  it("can be ended while the log takes no entries: the entry waits in the spool", async () => {
    const away = async (): Promise<never> => {
      throw new Fault("database_unavailable", "the disk is full");
    };
    const access = { ...t.operator, append: away, spool: t.spool };
    expect(await revokeOperator(access, { id: bobId, by })).toMatchObject({ kind: "revoked" });
    expect(t.spooled.at(-1)).toMatchObject({ tenant: PLATFORM_LOG, entry: { kind: "operator.revoke" } });
    await t.adminSql("update identity.operator set revoked_at = null where name = 'bob'");
  });
});

describe("K4, O18 an act that needs two people", () => {
  it("one asks, another confirms exactly that, the first one does it, once; each step is in the client's own log", async () => {
    const wanted = another();
    const asked = await door.ask({ key: ada, act: wanted, by });
    if (asked.kind !== "pending") throw new Error(asked.kind);
    expect(asked.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await pendingActs(t.operator)).toContainEqual({
      id: asked.id,
      act: wanted,
      digest: asked.digest,
      askedBy: "ada",
      expiresAt: asked.expiresAt,
      confirmedBy: null,
    });
    expect(await take(ada, wanted)).toBeNull();
    expect(await door.confirm({ key: bob, id: asked.id, by })).toMatchObject({
      kind: "confirmed",
      act: wanted,
      askedBy: "ada",
    });
    expect(await door.ask({ key: ada, act: wanted, by })).toMatchObject({ kind: "confirmed", confirmedBy: "bob" });
    expect(await take(ada, wanted)).toEqual({ id: asked.id, askedBy: "ada", confirmedBy: "bob" });
    expect(await take(ada, wanted)).toBeNull();
    expect(await kindsIn(acme.id)).toEqual(
      expect.arrayContaining(["act.ask success", "act.confirm success", "act.take success"]),
    );
  });

  it("who asked never confirms, and that they tried is in the log", async () => {
    const asked = await door.ask({ key: ada, act: another(), by });
    if (asked.kind !== "pending") throw new Error(asked.kind);
    expect(await door.confirm({ key: ada, id: asked.id, by })).toEqual({ kind: "same_person" });
    expect(await kindsIn(acme.id)).toContain("act.confirm refused");
  });

  it("two who ask for the same thing have not confirmed each other", async () => {
    const wanted = another();
    await door.ask({ key: ada, act: wanted, by });
    await door.ask({ key: bob, act: wanted, by });
    expect(await take(ada, wanted)).toBeNull();
    expect(await take(bob, wanted)).toBeNull();
  });

  it.each<[string, (confirmed: Act) => Act]>([
    ["another reason", (confirmed) => ({ ...confirmed, reason: "something else" })],
    ["another client", (confirmed) => ({ ...confirmed, tenant: null })],
    ["another act", (confirmed) => ({ ...confirmed, kind: "tenant.offboard" })],
    ["other details", (confirmed) => ({ ...confirmed, about: { version: -1 } })],
  ])("confirmed is what was shown: %s needs another confirmation", async (_what, changed) => {
    const wanted = another();
    const asked = await door.ask({ key: ada, act: wanted, by });
    if (asked.kind !== "pending") throw new Error(asked.kind);
    await door.confirm({ key: bob, id: asked.id, by });
    expect(await take(ada, changed(wanted))).toBeNull();
    expect(await take(bob, wanted)).toBeNull();
    expect(await take(ada, wanted)).not.toBeNull();
  });

  it("after thirty minutes it is over: unconfirmed and confirmed alike", async () => {
    const [late, confirmed] = [another(), another()];
    const asked = [await door.ask({ key: ada, act: late, by }), await door.ask({ key: ada, act: confirmed, by })];
    const [first, second] = asked.map((one) => ("id" in one ? one.id : ""));
    await door.confirm({ key: bob, id: second ?? "", by });
    await t.adminSql(
      "update identity.act set asked_at = asked_at - interval '31 minutes', expires_at = expires_at - interval '31 minutes'",
    );
    expect(await door.confirm({ key: bob, id: first ?? "", by })).toEqual({ kind: "no_such_act" });
    expect(await take(ada, confirmed)).toBeNull();
    expect(await pendingActs(t.operator)).toEqual([]);
  });

  it("without a reason nobody is asked", async () => {
    await expect(door.ask({ key: ada, act: { ...act, reason: " " }, by })).rejects.toMatchObject({
      code: "input_invalid",
    });
  });

  it.each(["", "cso_", "csk_".padEnd(76, "0"), ada.replace("cso_", "csk_"), "cso_".padEnd(76, "a")])(
    "a key that is none asks for nothing: %j",
    async (key) => {
      expect(await door.ask({ key, act: another(), by })).toEqual({ kind: "unknown_key" });
    },
  );

  it("fail closed: what cannot be told is not asked for, not confirmed and not taken", async () => {
    const broken = async (): Promise<never> => {
      throw new Error("the log cannot be written");
    };
    const mute = createSecondPerson({ ...t.operator, append: broken });
    const wanted = another();
    await expect(mute.ask({ key: ada, act: wanted, by })).rejects.toThrow("cannot be written");
    const asked = await door.ask({ key: ada, act: wanted, by });
    if (asked.kind !== "pending") throw new Error(asked.kind);
    await expect(mute.confirm({ key: bob, id: asked.id, by })).rejects.toThrow("cannot be written");
    await door.confirm({ key: bob, id: asked.id, by });
    await expect(take(ada, wanted, mute)).rejects.toThrow("cannot be written");
    expect(await take(ada, wanted)).not.toBeNull();
  });

  it("a client that is suspended takes no entries: the platform's own log tells of it", async () => {
    const globex = await t.tenant("globex", 2);
    await t.adminSql("update platform.tenant set state = 'suspended' where id = $1", [globex.id]);
    const before = (await kindsIn(PLATFORM_LOG)).filter((kind) => kind === "act.ask success").length;
    await door.ask({ key: ada, act: { ...act, kind: "tenant.offboard", tenant: globex.id }, by });
    expect((await kindsIn(PLATFORM_LOG)).filter((kind) => kind === "act.ask success")).toHaveLength(before + 1);
    await withOperator(t.operator, (tx) => dropActs(tx, globex.id));
    expect(await t.adminSql("select from identity.act where tenant_id = $1", [globex.id])).toEqual([]);
  });

  it.each([
    "select * from identity.operator",
    "select * from identity.act",
    "select * from identity.operator_of('\\x00')",
    "select * from identity.confirm_act('\\x00', gen_random_uuid())",
    "select * from identity.add_operator('\\x00', 'x', null, null, true)",
    "select * from identity.take_act('\\x00', '\\x00')",
    "update identity.act set confirmed_by = asked_by",
  ])("a break-in as the server is refused: %s", async (statement) => {
    const client = await t.appClient();
    await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" });
  });
});
