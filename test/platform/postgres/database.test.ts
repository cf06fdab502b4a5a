import sql from "sql-template-tag";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { installationId, tenantId } from "#kernel";
import { createDatabase, DatabaseFault, isMoved, type Database, type TenantTx } from "#platform/postgres";
import { sampleEntry } from "../../support/attack.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";

const t = await testDatabase("own cluster");
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

const claimSetting = z.object({ claim: z.string().nullable(), pid: z.int() });
const readClaim = sql`select current_setting('app.claim', true) as claim, pg_backend_pid() as pid`;
/** With a pool of one, so that the next transaction is on the same connection. */
async function one(fn: (db: Database) => Promise<void>): Promise<void> {
  const db = createDatabase({ url: t.urls.app, claimKey: t.claimKey, maxConnections: 1 });
  try {
    await fn(db);
  } finally {
    await db.close();
  }
}

describe("atOnce", () => {
  const tenantRow = z.object({ tenant: z.string().nullable() });
  const whose = sql`select app.tid()::text as tenant`;

  it("T2 a claim that is not accepted fails the first statement, which was sent with it and is not executed", () =>
    one(async (db) => {
      const globex = await t.tenant("globex", 2);
      await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [globex.id]);
      const statement = sql`select set_config('app.left', 'executed', false) as tenant`;
      await expect(db.atOnce(globex.claim, (tx) => tx.one(statement, tenantRow))).rejects.toMatchObject({
        code: "tenant_inactive",
      });
      const left = sql`select current_setting('app.left', true) as tenant`;
      expect(await db.withPlatform((tx) => tx.one(left, tenantRow))).toEqual({ tenant: null });
      expect(await db.atOnce(acme.claim, (tx) => tx.one(whose, tenantRow))).toEqual({ tenant: acme.id });
    }));

  it("T2 a claim that is not accepted fails a transaction without statements, too", async () => {
    const globex = await t.tenant("initech", 3);
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [globex.id]);
    await expect(t.db.atOnce(globex.claim, async () => "done")).rejects.toMatchObject({ code: "tenant_inactive" });
    expect(await t.db.atOnce(acme.claim, async () => "done")).toBe("done");
  });

  it("knows the database's time from its first answer on", () =>
    one(async (db) => {
      const claim = await db.claimFor(acme.id);
      if (claim === null) throw new Error("acme is active");
      const times = () =>
        db.atOnce(claim, async (tx) => {
          const before = { now: tx.now(), entered: tx.entered() };
          await tx.one(whose, tenantRow);
          return { before, after: { now: tx.now(), entered: tx.entered() } };
        });
      const first = await times();
      expect(first.before).toEqual({ now: null, entered: false });
      expect(first.after.entered).toBe(true);
      expect(Math.abs(Number(first.after.now) - Date.now())).toBeLessThan(60_000);
      // The next transaction begins with what was heard in the one before.
      const second = await times();
      expect(second.before.entered).toBe(false);
      expect(Number(second.before.now)).toBeGreaterThanOrEqual(Number(first.after.now));
    }));
});

describe("demand", () => {
  it.each([
    ["its row is there: what stands behind it is executed, too", "acme/one", true],
    ["its row is not there any more: nothing of the transaction is written", "acme/gone", false],
    ["there are two: nothing, too", "acme/twice", false],
  ])("%s", async (_, name, holds) => {
    const trying = t.db.withTenant(acme.claim, async (tx) => {
      await tx.run(sql`insert into gate.repository (tenant_id, repository_id, installation_id, name)
        values (${tx.tenantId}, 1, 1, 'acme/one'), (${tx.tenantId}, 2, 1, 'acme/twice'), (${tx.tenantId}, 3, 1, 'acme/twice')
        on conflict do nothing`);
      tx.demand(
        sql`update gate.repository set default_branch = 'main' where tenant_id = ${tx.tenantId} and name = ${name}`,
      );
      tx.later(sql`update gate.repository set default_branch = ${name} where tenant_id = ${tx.tenantId}`);
      return "done";
    });
    expect(await trying.catch((error: unknown) => isMoved(error))).toBe(holds ? "done" : true);
    expect(await t.adminSql("select distinct default_branch from gate.repository")).toEqual([
      { default_branch: "acme/one" },
    ]);
  });
});

describe("what goes on after its transaction", () => {
  it.each<[string, (tx: TenantTx) => Promise<never>]>([
    ["after it failed", () => Promise.reject(new Error("no"))],
    [
      "what was asked in the moment in which it failed, too",
      (tx) =>
        Promise.all([tx.one(readClaim, claimSetting), Promise.reject(new Error("no"))]).then(() => {
          throw new Error("it goes on");
        }),
    ],
  ])("asks nothing over a connection that is somebody else's by then: %s", (_, fails) =>
    one(async (db) => {
      const seen: { tx: TenantTx | null } = { tx: null };
      const failed = db.withTenant(acme.claim, (tx) => {
        seen.tx = tx;
        return fails(tx);
      });
      await expect(failed).rejects.toThrow("no");
      await expect(seen.tx?.run(sql`select set_config('app.left', 'executed', false)`)).rejects.toMatchObject({
        code: "invariant_broken",
      });
    }),
  );
});

describe("later", () => {
  const value = z.object({ value: z.string().nullable() });
  const read = sql`select current_setting('app.note', true) as value`;
  const note = (text: string) => sql`select set_config('app.note', ${text}, true)`;

  it("goes before the next statement, in order", async () => {
    const found = await t.db.withTenant(acme.claim, async (tx) => {
      tx.later(note("first"));
      tx.later(note("second"));
      return tx.one(read, value);
    });
    expect(found).toEqual({ value: "second" });
  });

  it.each([
    ["the next statement", (tx: TenantTx) => tx.one(read, value)],
    ["the commit", () => Promise.resolve({ value: null })],
  ])("fails %s with its own failure, and nothing is kept", async (_name, next) => {
    await expect(
      t.db.withTenant(acme.claim, (tx) => {
        tx.later(sql`select 1 / 0`);
        return next(tx);
      }),
    ).rejects.toMatchObject({ sqlState: "22012" });
  });
});

describe("withTenant", () => {
  it("case 54 (T2): the next caller on the same connection finds no claim left", () =>
    one(async (db) => {
      const first = await db.withTenant(acme.claim, (tx) => tx.one(readClaim, claimSetting));
      const second = await db.withPlatform((tx) => tx.one(readClaim, claimSetting));
      expect(second.pid).toBe(first.pid);
      expect(first.claim).toBe(acme.claim.text);
      expect(second.claim).toBe("");
    }));

  it("D7 (T2) after a failed request the connection goes back rolled back, without the claim", () =>
    one(async (db) => {
      await expect(db.withTenant(acme.claim, (tx) => tx.run(sql`select 1 / 0`))).rejects.toMatchObject({
        sqlState: "22012",
      });
      expect((await db.withPlatform((tx) => tx.one(readClaim, claimSetting))).claim).toBe("");
    }));

  it("D7 (T2) where even the rollback fails, the connection is destroyed and another one serves", () =>
    one(async (db) => {
      const pid = await db.withTenant(acme.claim, async (tx) => (await tx.one(readClaim, claimSetting)).pid);
      const killed = db.withTenant(acme.claim, async (tx) => {
        await t.adminSql("select pg_terminate_backend($1)", [pid]);
        await tx.run(sql`select 1`);
      });
      await expect(killed).rejects.toMatchObject({ code: "database_unavailable" });
      const next = await db.withPlatform((tx) => tx.one(readClaim, claimSetting));
      expect(next.pid).not.toBe(pid);
    }));

  it("passes on what the caller threw, untouched, and keeps nothing", async () => {
    const mine = new Error("mine");
    await expect(
      t.db.withTenant(acme.claim, async (tx) => {
        await t.append(tx, sampleEntry());
        throw mine;
      }),
    ).rejects.toBe(mine);
    expect(await t.adminSql("select from audit.search where kind = 'gate.verdict'")).toHaveLength(0);
  });

  it("T22 ends a transaction that somebody leaves open", async () => {
    const db = createDatabase({
      url: t.urls.app,
      claimKey: t.claimKey,
      timeouts: { statementTimeoutMs: 1_000, idleInTransactionTimeoutMs: 50 },
    });
    const left = db.withPlatform(async (tx) => {
      await tx.run(sql`select 1`);
      await vi.waitFor(async () => {
        const open = await t.adminSql("select from pg_stat_activity where state = 'idle in transaction'");
        if (open.length > 0) throw new Error("it is open");
      });
      return tx.run(sql`select 1`);
    });
    await expect(left).rejects.toMatchObject({ code: expect.stringMatching(/^database_/) });
    await db.close();
  });

  it("T22 ends a statement that runs too long", async () => {
    const db = createDatabase({
      url: t.urls.app,
      claimKey: t.claimKey,
      timeouts: { statementTimeoutMs: 50, idleInTransactionTimeoutMs: 1_000 },
    });
    await expect(db.withPlatform((tx) => tx.run(sql`select pg_sleep(10)`))).rejects.toMatchObject({
      sqlState: "57014",
    });
    await db.close();
  });

  it("a claim signed with another key is refused, not answered with an empty database", async () => {
    const other = createDatabase({ url: t.urls.app, claimKey: "another key, of enough characters" });
    const claim = await other.claimFor(acme.id);
    expect(claim).not.toBeNull();
    if (claim !== null)
      await expect(other.withTenant(claim, async () => {})).rejects.toMatchObject({ code: "tenant_inactive" });
    await other.close();
  });
});

describe("claims", () => {
  it("unknown tenants and unbound installations have none", async () => {
    const nobody = tenantId("01ff0000-0000-7000-8000-000000000000");
    const unbound = installationId(999);
    expect(nobody && (await t.db.claimFor(nobody))).toBeNull();
    expect(unbound && (await t.db.claimForInstallation(unbound))).toBeNull();
  });

  it("a short key is refused at once", () => {
    expect(() => createDatabase({ url: t.urls.app, claimKey: "short" })).toThrow("at least 32 characters");
  });
});

describe("D19 faults hold no value of a row", () => {
  it.each<[string, string]>([
    ["a malformed value", "select 'SECRET-1'::uuid"],
    ["a broken check", "insert into platform.installation_seen (installation_id) values (-4711)"],
    ["a division with the value in a function", "select set_config('statement_timeout', 'SECRET-1', true)"],
  ])("%s", async (_name, text) => {
    const error: unknown = await t.db
      .withPlatform((tx) => tx.run(sql([text])))
      .then(
        () => null,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(DatabaseFault);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error)).not.toMatch(/SECRET|4711/);
  });

  it("a row of another shape names the column, not the value", async () => {
    const read = t.db.withPlatform((tx) => tx.one(sql`select 'SECRET' as n`, z.object({ n: z.int() })));
    await expect(read).rejects.toMatchObject({
      code: "schema_mismatch",
      message: expect.stringMatching(/n \(invalid_type\)$/),
    });
  });
});

describe("rows", () => {
  it("a bigint is a number, and one that no number holds is an error", async () => {
    const n = z.object({ n: z.number() });
    expect(await t.db.withPlatform((tx) => tx.one(sql`select 9007199254740991::bigint as n`, n))).toEqual({
      n: Number.MAX_SAFE_INTEGER,
    });
    await expect(t.db.withPlatform((tx) => tx.one(sql`select 9007199254740993::bigint as n`, n))).rejects.toMatchObject(
      { code: "invariant_broken" },
    );
  });

  it("maybe and one do not hide a second row", async () => {
    const two = sql`select * from generate_series(1, 2) as n`;
    await expect(t.db.withPlatform((tx) => tx.maybe(two, z.unknown()))).rejects.toMatchObject({
      code: "invariant_broken",
    });
    await expect(t.db.withPlatform((tx) => tx.one(two, z.unknown()))).rejects.toMatchObject({
      code: "invariant_broken",
    });
  });
});

describe("D9 (T2) the boot check refuses a connection that row-level security would not hold", () => {
  async function boot(url: string): Promise<void> {
    const db = createDatabase({ url, claimKey: t.claimKey });
    try {
      await db.withPlatform(async () => {});
    } finally {
      await db.close();
    }
  }

  it("a superuser", async () => {
    await expect(boot(t.urls.admin)).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("superuser"),
    });
  });

  it.each<[string, string, string]>([
    ["BYPASSRLS", "bypassrls", ""],
    ["a member of the owner", "", "countersign_owner"],
    ["a member of the auditor", "", "countersign_auditor"],
    ["a member of the operator", "", "countersign_operator"],
  ])("%s", async (name, option, group) => {
    const user = `boot_${process.pid}_${name.replaceAll(/\W/g, "").toLowerCase()}`;
    await t.adminSql(
      `create role ${user} login password 'pw' ${option} in role countersign_app${group === "" ? "" : `, ${group}`}`,
    );
    const url = new URL(t.urls.app);
    url.username = user;
    url.password = "pw";
    await expect(boot(url.href)).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(user),
    });
  });

  it.each([
    ["a wrong password", { password: "wrong" }, /for user "[^"]+"\. Compare user and password/],
    ["a login that there is not", { username: "nobody" }, /for user "nobody"\. Compare user and password/],
    ["a database that there is not", { pathname: "/nowhere" }, /"nowhere" does not exist\. Put the right name/],
  ])("%s is said with its name, and with what to do", async (_, over, says) => {
    const url = Object.assign(new URL(t.urls.app), over);
    await expect(boot(url.href)).rejects.toMatchObject({ message: expect.stringMatching(says) });
  });

  it("a schema newer than the program", async () => {
    await t.adminSql("insert into platform.migration (name, run_on) values ('9999_future', now())");
    await expect(boot(t.urls.app)).rejects.toMatchObject({
      code: "schema_mismatch",
      message: expect.stringContaining("9999_future"),
    });
    await t.adminSql("delete from platform.migration where name = '9999_future'");
    await boot(t.urls.app);
  });

  it("a schema older than the program, with the command that helps", async () => {
    await t.adminSql(
      "update platform.migration set name = 'x' || name where name = '0003_audit'; delete from platform.migration where name = 'x0003_audit'",
    );
    await expect(boot(t.urls.app)).rejects.toMatchObject({
      code: "schema_mismatch",
      message: expect.stringContaining("countersign migrate"),
    });
    await t.adminSql("insert into platform.migration (name, run_on) values ('0003_audit', now())");
  });

  it("a database that cannot be reached is a lost dependency, in a plain sentence, and is asked again", async () => {
    const db = createDatabase({ url: "postgres://u:p@127.0.0.1:1/x", claimKey: t.claimKey });
    for (const _ of [1, 2])
      await expect(db.withPlatform(async () => {})).rejects.toMatchObject({
        code: "database_unavailable",
        message: expect.stringContaining("cannot be reached"),
      });
    await db.close();
  });
});

describe("the pool", () => {
  it("outlives the database ending all its connections", async () => {
    const db = createDatabase({ url: t.urls.app, claimKey: t.claimKey, onIdleError: () => {} });
    const { pid } = await db.withPlatform((tx) => tx.one(readClaim, claimSetting));
    await t.adminSql("select pg_terminate_backend($1)", [pid]);
    const again = async (): Promise<number> => (await db.withPlatform((tx) => tx.one(readClaim, claimSetting))).pid;
    // The client may not have noticed yet: then the one statement fails and the next connection serves.
    expect(await again().catch(again)).not.toBe(pid);
    await db.close();
  });

  it("T2 stays inside: the database offers transactions and claims, no connection", () => {
    expect(Object.keys(t.db).sort()).toEqual([
      "atOnce",
      "batchClaim",
      "claimFor",
      "claimForInstallation",
      "close",
      "platformStatement",
      "withPlatform",
      "withTenant",
    ]);
  });
});
