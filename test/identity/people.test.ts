import { handOver } from "#tickets/io";
import { beforeAll, describe, expect, it } from "vitest";
import { isLogin, ROLES, type Role } from "#identity";
import { clientsOf, findPerson, listPeople, peopleOf, personByGithub, putPerson, removePerson } from "#identity/io";
import { Fault, userId, type UserId } from "#kernel";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const access = { ...t.operator, append: t.append, spool: t.spool };
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

function account(n: number): UserId {
  const id = userId(n);
  if (id === null) throw new Error("no user id");
  return id;
}
async function put(tenant: TestTenant, n: number, login: string, roles: readonly Role[]) {
  const made = await putPerson(access, { tenant: tenant.id, github: account(n), login, roles, by });
  if (made.kind === "no_tenant") throw new Error("no tenant");
  return made;
}
const newest = (tenant: TestTenant) => t.db.withTenant(tenant.claim, (tx) => t.audit.recent(tx, { limit: 1 }));

describe("a client's people", () => {
  it("are found by GitHub's number, with the roles of this moment, each change an entry", async () => {
    const made = await put(acme, 7, "ann", ["admin", "approver"]);
    expect(made).toMatchObject({ kind: "added", person: { login: "ann", roles: ["approver", "admin"] } });
    expect((await newest(acme))[0]).toMatchObject({
      kind: "person.add",
      body: {
        target: { type: "person", id: made.person.person },
        payload: { roles: ["approver", "admin"], before: [] },
      },
    });
    expect(await t.db.withTenant(acme.claim, (tx) => personByGithub(tx, account(7)))).toEqual(made.person);
    expect(await put(acme, 7, "ann", ["viewer"])).toMatchObject({
      kind: "changed",
      person: { person: made.person.person },
    });
    expect((await newest(acme))[0]).toMatchObject({
      kind: "person.change",
      body: { payload: { roles: ["viewer"], before: ["approver", "admin"] } },
    });
    expect(await put(acme, 7, "ann", ["viewer"])).toMatchObject({ kind: "unchanged" });
  });

  it("names and numbers stand in the part of an entry that can be erased with the person, not in what everybody's key opens", async () => {
    await put(acme, 70, "personally-named", ["viewer"]);
    expect(JSON.stringify((await newest(acme))[0]?.body)).not.toContain("personally-named");
  });

  it("a login that somebody else took is another person: the number decides", async () => {
    const old = await put(acme, 11, "popular", ["approver"]);
    const later = await put(acme, 12, "popular", ["viewer"]);
    expect(later.person.person).not.toBe(old.person.person);
    expect(await t.db.withTenant(acme.claim, (tx) => findPerson(tx, old.person.person))).toMatchObject({
      roles: ["approver"],
    });
  });

  it("who is removed is nobody, and the same person when they come back", async () => {
    const made = await put(acme, 20, "bob", ["approver"]);
    expect(
      await removePerson({ ...access, handOver }, { tenant: acme.id, person: made.person.person, by }),
    ).toMatchObject({
      kind: "removed",
    });
    expect(await t.db.withTenant(acme.claim, (tx) => findPerson(tx, made.person.person))).toBeNull();
    expect(await t.db.withPlatform((tx) => clientsOf(tx, account(20)))).toEqual([]);
    expect((await newest(acme))[0]).toMatchObject({
      kind: "person.remove",
      body: { payload: { before: ["approver"] } },
    });
    expect(await removePerson({ ...access, handOver }, { tenant: acme.id, person: made.person.person, by })).toEqual({
      kind: "unknown",
    });
    expect(await put(acme, 20, "bob", ["viewer"])).toMatchObject({
      kind: "added",
      person: { person: made.person.person },
    });
  });

  it("T2: another client's people are nobody's, and are listed nowhere else", async () => {
    const made = await put(globex, 30, "eve", ["approver"]);
    expect(await t.db.withTenant(acme.claim, (tx) => findPerson(tx, made.person.person))).toBeNull();
    const listed = await t.db.withTenant(acme.claim, listPeople);
    expect(listed.map(({ login }) => login)).not.toContain("eve");
    expect((await peopleOf(access, globex.id)).map(({ login }) => login)).toEqual(["eve"]);
  });

  it("somebody may belong to several clients; only active ones are told", async () => {
    await put(acme, 40, "both", ["viewer"]);
    await put(globex, 40, "both", ["approver"]);
    const clients = () => t.db.withPlatform((tx) => clientsOf(tx, account(40)));
    expect((await clients()).map(({ prefix }) => prefix)).toEqual(["acme", "globex"]);
    await t.adminSql("update platform.tenant set state = 'suspended', suspended_at = now() where prefix = 'globex'");
    expect((await clients()).map(({ prefix }) => prefix)).toEqual(["acme"]);
    await t.adminSql("update platform.tenant set state = 'active', suspended_at = null where prefix = 'globex'");
  });

  it("can be removed while the log takes no entries; can be added only when it does (A1)", async () => {
    const made = await put(acme, 50, "gone", ["approver"]);
    const away = async (): Promise<never> => {
      throw new Fault("database_unavailable", "the disk is full");
    };
    const asked = { tenant: acme.id, person: made.person.person, by };
    expect(await removePerson({ ...access, handOver, append: away }, asked)).toMatchObject({ kind: "removed" });
    expect(t.spooled.at(-1)).toMatchObject({ tenant: acme.id, entry: { kind: "person.remove" } });
    const again = { tenant: acme.id, github: account(51), login: "late", roles: ["viewer"] as const, by };
    await expect(putPerson({ ...access, append: away }, again)).rejects.toThrow("the disk is full");
    expect(await t.db.withTenant(acme.claim, (tx) => personByGithub(tx, account(51)))).toBeNull();
  });

  it("fails closed: the server's own login can neither add anybody nor give a role", async () => {
    const app = await t.appClient();
    await app.query("begin");
    await app.query("select set_config('app.claim', $1, true)", [acme.claim.text]);
    await app.query("savepoint s");
    for (const statement of [
      `insert into identity.person (tenant_id, github_user, login, roles) values ('${acme.id}', 99, 'mallory', '{approver}')`,
      "update identity.person set roles = '{approver,admin}'",
      "update identity.person set removed_at = null",
      "update identity.person set github_user = 99",
      "delete from identity.person",
      "insert into identity.sign_in (github_user, tenant_id, person_id) select 99, tenant_id, person_id from identity.person",
      "select * from identity.sign_in",
      "select * from identity.choice",
    ]) {
      await expect(app.query(statement), statement).rejects.toMatchObject({ code: "42501" });
      await app.query("rollback to s");
    }
    await app.query("rollback");
  });

  it.each<[string, boolean]>([
    ["octocat", true],
    ["corp_user", true],
    ["a", true],
    ["agent[bot]", false],
    ["", false],
    ["-x", false],
    ["x y", false],
    ["x\n", false],
  ])("a login %j can be a person's: %s", (login, can) => expect(isLogin(login)).toBe(can));

  it("there are four roles, and none implies another", () =>
    expect(ROLES).toEqual(["viewer", "approver", "operator", "admin"]));
});
