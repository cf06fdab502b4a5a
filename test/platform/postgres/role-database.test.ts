import sql from "sql-template-tag";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createRoleDatabase, migrate, type ServiceRole } from "#platform/postgres";
import { testDatabase } from "../../support/database.ts";

const t = await testDatabase();
const open: { close(): Promise<void> }[] = [];
afterAll(() => Promise.all(open.map((each) => each.close())));
const connect = (role: ServiceRole, url: string) => {
  const database = createRoleDatabase({ url, role });
  open.push(database);
  return database.transaction((tx) => tx.one(sql`select current_user::text as name`, z.object({ name: z.string() })));
};

describe("T2 a role's own login", () => {
  it.each<ServiceRole>(["sequencer", "verifier", "auditor"])(
    "acts as countersign_%s and as nobody else",
    async (role) => {
      expect(await connect(role, t.urls[role])).toEqual({ name: `countersign_${role}` });
    },
  );

  it("the verifier reads every tenant's entry, and no body", async () => {
    const acme = await t.tenant("acme", 1);
    const verifier = t.role("verifier");
    const found = await verifier.transaction((tx) =>
      tx.many(sql`select distinct tenant_id::text as id from audit.entry`, z.object({ id: z.string() })),
    );
    expect(found.map(({ id }) => id)).toContain(acme.id);
    await expect(verifier.transaction((tx) => tx.run(sql`select ct from audit.body`))).rejects.toMatchObject({
      code: "database_refused",
      sqlState: "42501",
    });
  });

  it.each<[string, ServiceRole, () => string, string]>([
    ["the app's login", "sequencer", () => t.urls.app, "is a member of countersign_app"],
    ["the administrator's login", "verifier", () => t.urls.admin, "is a superuser"],
    ["another role's login", "sequencer", () => t.urls.verifier, "is a member of countersign_verifier"],
  ])("D9 %s as %s is refused with a sentence", async (_name, role, url, sentence) => {
    await expect(connect(role, url())).rejects.toThrow(sentence);
    await expect(connect(role, url())).rejects.toMatchObject({ code: "config_invalid" });
  });

  it("D9 a login without the role is refused", async () => {
    const url = new URL(t.urls.sequencer);
    url.username = `stranger_${url.pathname.slice(1)}`;
    url.password = "pw";
    await t.adminSql(`create role ${url.username} login password 'pw'`);
    await t.adminSql(`grant connect on database ${url.pathname.slice(1)} to ${url.username}`);
    await expect(connect("sequencer", url.href)).rejects.toThrow("is no member of countersign_sequencer");
  });

  it("one user for two of them is refused by migrate: it would join their rights", async () => {
    const { claimKey, urls } = t;
    await expect(
      migrate({ adminUrl: urls.admin, sequencerUrl: urls.sequencer, verifierUrl: urls.sequencer, claimKey }),
    ).rejects.toThrow("is already a member of countersign_sequencer");
  });
});

describe("hold", () => {
  it("case 29: gives a name to one at a time, and to the next when the first lets go or its connection breaks", async () => {
    const [first, second] = [t.role("sequencer"), t.role("sequencer")];
    const held = await first.hold("a name");
    expect(held).not.toBeNull();
    expect(await second.hold("a name")).toBeNull();
    await held?.release();
    const next = await second.hold("a name");
    expect(next).not.toBeNull();
    await t.adminSql(
      "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
    );
    await next?.lost;
    const last = await first.hold("a name");
    expect(last).not.toBeNull();
    await last?.release();
  });
});
