import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { erase, forgetSubject, holdsOf, liftHold, orderErasure, setHold, type EraseParts } from "#audit/io";
import { PLATFORM_LOG } from "#kernel";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { sampleEntry } from "../../support/attack.ts";
import { checkWorld } from "../../support/world.ts";
import { sequenced } from "../../support/sequenced.ts";

const t = await testDatabase();
const parts: EraseParts = {
  access: t.operator,
  append: t.append,
  by: { type: "operator", id: "test" },
  observer: { type: "app", id: "countersign" },
  requestId: "erase",
  verifier: t.role("verifier"),
  batch: 2,
  keys: {
    async destroy(tenant) {
      await t.keys.destroyTenant(tenant);
      return [`kek of ${tenant}`];
    },
    opens: async (tenant) => (await t.kms.state(tenant)) !== "destroyed",
  },
};

let installation = 0;
let epoch = 0;
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  globex = await t.tenant("globex", ++installation);
});
beforeEach(async () => {
  acme = await t.tenant(`acme${installation}`, ++installation);
  for (let n = 0; n < 5; n++) await t.db.withTenant(acme.claim, (tx) => t.append(tx, sampleEntry(`secret ${n}`)));
});

const count = async (table: string, tenant: string): Promise<number> =>
  Number((await t.adminSql(`select count(*) as n from ${table} where tenant_id = $1`, [tenant]))[0]?.["n"]);
const witness = async (log: string): Promise<void> => void (await sequenced(t, log, ++epoch, true));
const platformKinds = async (): Promise<readonly unknown[]> =>
  (
    await t.adminSql(
      "select convert_from(leaf, 'UTF8')::json ->> 'kind' as kind from audit.entry where tenant_id = $1 order by ts, entry_id",
      [PLATFORM_LOG],
    )
  ).map((row) => row["kind"]);

describe("R1 a tenant is erased by a witnessed order and not otherwise", () => {
  it("without an order, nothing is done", async () => {
    expect(await erase(parts, acme.id)).toMatchObject({ kind: "refused" });
  });

  it("with an order that is not witnessed it waits, sequenced or not", async () => {
    await orderErasure(parts, acme.id);
    expect(await erase(parts, acme.id)).toMatchObject({ kind: "waiting" });
    await sequenced(t, acme.id, ++epoch, false);
    expect(await erase(parts, acme.id)).toMatchObject({ kind: "waiting" });
    expect(await t.kms.state(acme.id)).toBe("active");
  });

  it("case 20: then bodies, leaves and index are gone, the tree verifies from its hashes, and a certificate says so", async () => {
    const others = await count("audit.body", globex.id);
    await orderErasure(parts, acme.id);
    await witness(acme.id);
    const leaves = await count("audit.leaf", acme.id);
    expect(await erase(parts, acme.id)).toMatchObject({ kind: "erased" });
    for (const table of ["audit.body", "audit.entry", "audit.search"])
      expect(await count(table, acme.id), table).toBe(0);
    expect(await count("audit.leaf", acme.id)).toBe(leaves);
    expect(await count("audit.body", globex.id)).toBe(others);
    expect(await t.adminSql("select shredded from audit.head where tenant_id = $1", [acme.id])).toEqual([
      { shredded: true },
    ]);
    expect(await t.adminSql("select state from platform.tenant where id = $1", [acme.id])).toEqual([
      { state: "purged" },
    ]);
    expect((await platformKinds()).at(-1)).toBe("tenant.erased");
    expect(await t.db.claimFor(acme.id)).toBeNull();
    expect(await erase(parts, acme.id)).toMatchObject({ kind: "erased" });
  });

  it("has no certificate where a key still opens", async () => {
    await orderErasure(parts, acme.id);
    await witness(acme.id);
    const kinds = await platformKinds();
    const careless = { ...parts, keys: { destroy: async () => [], opens: async () => true } };
    expect(await erase(careless, acme.id)).toMatchObject({
      kind: "refused",
      why: expect.stringContaining("still be opened"),
    });
    expect(await platformKinds()).toEqual(kinds);
    expect(await erase(parts, acme.id)).toMatchObject({ kind: "refused" });
  });

  it("has no certificate where the tree does not verify", async () => {
    await orderErasure(parts, acme.id);
    await witness(acme.id);
    await t.adminSql("update audit.head set root = sha256('x') where tenant_id = $1", [acme.id]);
    expect(await erase(parts, acme.id)).toMatchObject({
      kind: "refused",
      why: expect.stringContaining("does not verify"),
    });
  });
});

describe("case 65: a crash between two steps", () => {
  it.each(["admitted", "keys_destroyed", "rows_deleted", "pinned", "checked", "certified"])(
    "after %s: the next call goes on, and there is one certificate",
    async (at) => {
      await orderErasure(parts, acme.id);
      await witness(acme.id);
      const before = (await platformKinds()).length;
      const crashing: EraseParts = {
        ...parts,
        async afterStep(step) {
          if (step === at) throw new Error("crash");
        },
      };
      await expect(erase(crashing, acme.id)).rejects.toThrow("crash");
      expect(await erase(parts, acme.id)).toMatchObject({ kind: "erased" });
      expect((await platformKinds()).slice(before)).toEqual(["tenant.erased"]);
      expect(await count("audit.body", acme.id)).toBe(0);
    },
  );

  it("in the middle of deleting: what is gone is gone, the rest goes later", async () => {
    await orderErasure(parts, acme.id);
    await witness(acme.id);
    const stop: EraseParts = {
      ...parts,
      async afterStep(step) {
        if (step === "keys_destroyed") throw new Error("crash");
      },
    };
    await expect(erase(stop, acme.id)).rejects.toThrow("crash");
    const bodies = await count("audit.body", acme.id);
    await t.adminSql("select audit.erase_tenant_rows($1, 2)", [acme.id]);
    expect(await count("audit.body", acme.id)).toBe(bodies - 2);
    expect(await erase(parts, acme.id)).toMatchObject({ kind: "erased" });
  });
});

describe("case 66: a legal hold", () => {
  it("refuses the order, writes the refusal, and lets go when it is lifted", async () => {
    const hold = await setHold(parts, acme.id, "case 7 O 12/26");
    expect(await orderErasure(parts, acme.id)).toEqual({ kind: "held" });
    const refusals = await t.adminSql(
      "select from audit.entry where tenant_id = $1 and convert_from(leaf, 'UTF8')::json ->> 'kind' = 'tenant.erase.ordered' and convert_from(leaf, 'UTF8')::json ->> 'outcome' = 'refused'",
      [acme.id],
    );
    expect(refusals).toHaveLength(1);
    if (hold.kind !== "done") throw new Error(hold.why);
    expect(await holdsOf(parts, acme.id)).toMatchObject([{ hold: hold.hold, lifted: null }]);
    expect(await liftHold(parts, acme.id, hold.hold, "settled")).toMatchObject({ kind: "done" });
    expect(await liftHold(parts, acme.id, hold.hold, "again")).toMatchObject({ kind: "refused" });
    expect(await orderErasure(parts, acme.id)).toMatchObject({ kind: "ordered" });
  });

  it("that comes after the order stops it, and the order's own database refuses it, too", async () => {
    const ordered = await orderErasure(parts, acme.id);
    await setHold(parts, acme.id, "late");
    await witness(acme.id);
    expect(await erase(parts, acme.id)).toEqual({ kind: "held" });
    expect(await t.kms.state(acme.id)).toBe("active");
    if (ordered.kind !== "ordered") throw new Error(ordered.kind);
    await expect(t.adminSql("call audit.erase_tenant_begin($1, $2)", [acme.id, ordered.order])).rejects.toThrow(
      "legal hold",
    );
  });

  it("of somebody else changes nothing", async () => {
    await setHold(parts, globex.id, "theirs");
    await orderErasure(parts, acme.id);
    await witness(acme.id);
    expect(await erase(parts, acme.id)).toMatchObject({ kind: "erased" });
  });
});

describe("case 60: one person's data", () => {
  const personal = (subject: string) =>
    sampleEntry("what was done", { personal: { subject, data: { name: "Ann", token: "in a tool's output" } } });

  it("is unreadable once their key is destroyed; the entry, its leaf and everybody else's data stay", async () => {
    const [ann, bob] = await t.db.withTenant(acme.claim, async (tx) => [
      await t.append(tx, personal("github:7")),
      await t.append(tx, personal("github:8")),
    ]);
    const acts = { ...parts, keys: t.keys };
    expect(await forgetSubject(acts, acme.id, "github:7")).toEqual({ kind: "forgotten" });
    const [forgotten, other] = await t.db.withTenant(acme.claim, async (tx) => [
      await t.audit.entryById(tx, ann),
      await t.audit.entryById(tx, bob),
    ]);
    expect(forgotten).toMatchObject({ op: { kind: "open" }, personal: { kind: "erased" } });
    expect(other).toMatchObject({ personal: { kind: "open" } });
    await checkWorld(t);
    expect(await forgetSubject(acts, acme.id, "github:9")).toEqual({ kind: "unknown" });
  });

  it("stays under a legal hold", async () => {
    await t.db.withTenant(acme.claim, (tx) => t.append(tx, personal("github:7")));
    await setHold(parts, acme.id, "case 3");
    expect(await forgetSubject({ ...parts, keys: t.keys }, acme.id, "github:7")).toMatchObject({ kind: "refused" });
  });
});
