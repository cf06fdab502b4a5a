// R1, R2: a client's way out, from the order to the certificate. What is outside the database is in test/support/offboarding.ts.

import { beforeEach, describe, expect, it } from "vitest";
import { setHold } from "#audit/io";
import { withOperator } from "#platform/postgres";
import { issueKey, recognise } from "#identity/io";
import { listTenants, overrideProvider, reinstate, suspend, type OffboardParts } from "#tenants/io";
import { sampleEntry } from "../../support/attack.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { ADA, offboarding } from "../../support/offboarding.ts";
import { furnish, worldOf } from "../../support/tenant-world.ts";

const t = await testDatabase();
const way = await offboarding(t);
let installation = 0;
let acme: TestTenant;
beforeEach(async () => {
  way.outside.calls.length = 0;
  way.outside.githubDown = false;
  acme = await t.tenant(`acme${++installation}`, installation);
  for (let n = 0; n < 5; n++) await t.db.withTenant(acme.claim, (tx) => t.append(tx, sampleEntry(`secret ${n}`)));
});

const back = () => reinstate(t.operator, { prefix: acme.prefix, reason: "a mistake", by: ADA });
const stateOf = async (of: TestTenant) =>
  (await withOperator(t.operator, listTenants)).find(({ tenantId }) => tenantId === of.id)?.state;
async function leave(): Promise<void> {
  expect((await way.order(acme)).kind).toBe("ordered");
  await way.witness(acme);
  expect((await way.drive(acme)).kind).toBe("window");
  await way.after(acme, 301);
}
const taken = async () => (await way.of(acme))?.steps.filter(({ at }) => at !== null).map(({ step }) => step);

describe("R1 the soft phase", () => {
  it("O1 no access is left at the order's commit; then leases, installation and keys, which a reinstatement gives back", async () => {
    const asked = { tenant: acme.id, name: "reader", capabilities: ["audit.read"], days: 9, by: { initiator: ADA.operator, requestId: "k" } } as const; // prettier-ignore
    const key = (await issueKey(t.operator, asked))?.text ?? expect.unreachable();
    way.outside.openLeases.set(acme.id, 2);
    expect(await way.order(acme)).toMatchObject({ kind: "ordered", tenantId: acme.id });
    expect(await t.db.claimFor(acme.id)).toBeNull();
    await expect(t.db.withTenant(acme.claim, async () => {})).rejects.toMatchObject({ code: "tenant_inactive" });

    expect((await way.drive(acme)).kind).toBe("window");
    expect(await taken()).toEqual(["leases_revoked", "installations_suspended", "api_keys_disabled"]);
    expect(way.outside.openLeases.size).toBe(0);
    expect(way.outside.installations.get(acme.installation)).toBe("suspended");
    expect(await t.db.withPlatform((tx) => recognise(tx, key))).toBeNull();

    expect((await back()).kind).toBe("reinstated");
    expect((await way.drive(acme)).kind).toBe("reinstated");
    expect(way.outside.installations.get(acme.installation)).toBe("active");
    expect(await t.db.withPlatform((tx) => recognise(tx, key))).toMatchObject({ tenantId: acme.id });
    expect(await way.of(acme)).toBeNull();
  });

  it("O1 a lease that nobody ends keeps no installation awake, and a reinstatement still finds which it was", async () => {
    await way.order(acme);
    const leases = { revokeAll: async () => {}, open: async () => 1 };
    expect(await way.drive(acme, { leases })).toMatchObject({ kind: "failing", step: "leases_revoked" });
    expect(await taken()).toEqual([]);
    expect(way.outside.installations.get(acme.installation)).toBe("suspended");
    expect((await way.drive(acme)).kind).toBe("window");
    expect((await back()).kind).toBe("reinstated");
    expect((await way.drive(acme)).kind).toBe("reinstated");
    expect(way.outside.installations.get(acme.installation)).toBe("active");
  });

  it("O10 ordered twice is ordered once; another name or another id orders nothing", async () => {
    const other = await t.tenant(`other${installation}`, 1_000 + installation);
    expect((await way.order({ ...acme, id: other.id })).kind).toBe("another");
    expect((await way.order({ ...acme, prefix: "nobody" })).kind).toBe("unknown");
    expect(await stateOf(acme)).toBe("active");
    const both = await Promise.all([way.order(acme), way.order(acme)]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(["already", "ordered"]);
    const orders = await t.adminSql("select from audit.erasure where tenant_id = $1", [acme.id]);
    expect(orders).toHaveLength(1);
  });

  it("is refused under a legal hold, and the refusal is an entry", async () => {
    const acts = { access: t.operator, append: t.append, by: ADA.operator, observer: ADA.operator, requestId: "h" };
    await setHold(acts, acme.id, "a lawsuit");
    expect((await way.order(acme)).kind).toBe("held");
    expect(await stateOf(acme)).toBe("active");
    const [newest] = await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 1 }));
    expect(newest).toMatchObject({ kind: "tenant.erase.ordered", outcome: "refused" });
  });

  it("O18 where two people have to want it, one alone orders nothing", async () => {
    const { offboard } = await import("#tenants/io");
    const asked = { prefix: acme.prefix, tenantId: acme.id, reason: "r", by: ADA };
    expect((await offboard(t.operator, { ...asked, agreed: async () => false })).kind).toBe("needs_second_person");
    expect(await stateOf(acme)).toBe("active");
    expect((await offboard(t.operator, { ...asked, agreed: async () => true })).kind).toBe("ordered");
  });

  it("of a client that was suspended already, the order stands in the platform's log", async () => {
    await suspend({ ...t.operator, spool: t.spool }, { prefix: acme.prefix, reason: "unpaid", by: ADA });
    expect((await way.order(acme)).kind).toBe("ordered");
    expect((await way.of(acme))?.orderLog).toBe("00000000-0000-7000-8000-000000000000");
  });
});

describe("R1 the window is five minutes by the database's clock", () => {
  it("O3 at 4:59 it is taken back: active, one epoch on, and its order is good for nothing any more", async () => {
    await way.order(acme);
    await way.witness(acme);
    await way.drive(acme);
    await way.after(acme, 299);
    expect((await way.drive(acme)).kind).toBe("window");
    expect((await back()).kind).toBe("reinstated");
    expect(await t.db.claimFor(acme.id)).not.toBeNull();
    const [row] = await t.adminSql("select state, epoch, hard_after from platform.tenant where id = $1", [acme.id]);
    expect(row).toEqual({ state: "active", epoch: 3, hard_after: null });
    const [withdrawn] = await t.adminSql("select step from audit.erasure_step where tenant_id = $1", [acme.id]);
    expect(withdrawn).toEqual({ step: "withdrawn" });
    await way.drive(acme);
    expect((await way.order(acme)).kind).toBe("ordered");
  });

  it("O4 at 5:01 it is not taken back, with the instant, and the purge stands", async () => {
    await way.order(acme);
    await way.witness(acme);
    await way.after(acme, 301);
    expect(await back()).toEqual({ kind: "too_late", since: expect.any(Number) });
    expect(await stateOf(acme)).toBe("suspended");
    expect(await way.drive(acme)).toEqual({ kind: "gone" });
  });

  it("nothing that cannot be undone is done before a witness has signed the order", async () => {
    await way.order(acme);
    await way.after(acme, 301);
    expect(await way.drive(acme)).toMatchObject({ kind: "waiting", why: expect.stringContaining("witnessed") });
    expect(await stateOf(acme)).toBe("suspended");
    expect(way.outside.installations.get(acme.installation)).toBeUndefined();
  });
});

describe("R2 the hard phase", () => {
  it("O15 takes every step, ends with a certificate with its horizon, and its name is nobody's", async () => {
    // Of the log's own tables a row that is no entry would break its tree.
    await furnish(t, acme, 7, (table) => !table.startsWith("audit.") && !table.startsWith("platform."));
    await leave();
    expect(await way.drive(acme)).toEqual({ kind: "gone" });
    const certificate = way.outside.certificates.at(-1) ?? expect.unreachable();
    expect(certificate).toMatchObject({ tenantId: acme.id, override: null, keys: [`kek of ${acme.id}`] });
    expect(certificate.checks.map(({ id }) => id).join("")).toBe("abcdefghi");
    expect(certificate.rows["audit.entry"]).toBeGreaterThan(5);
    const verified = certificate.steps.find(({ step }) => step === "verified")?.at ?? 0;
    expect(certificate.horizon - verified).toBe(30 * 86_400_000);
    expect((await way.of(acme))?.prefix).toBeNull();
    expect(await stateOf(acme)).toBeUndefined();
  });

  it("O7 GitHub is away: it stays purging, no key is destroyed, it is tried again, and a person hears of it after 15 minutes", async () => {
    await leave();
    way.outside.githubDown = true;
    expect(await way.drive(acme)).toMatchObject({ kind: "failing", step: "provider_revoked", page: false });
    expect(await stateOf(acme)).toBe("purging");
    expect(way.outside.calls).not.toContain("destroy keys");
    await t.adminSql("update platform.offboarding set failing_since = now() - interval '15 minutes' where tenant_id = $1", [acme.id]); // prettier-ignore
    expect(await way.drive(acme)).toMatchObject({ kind: "failing", page: true });
    expect(await way.drive(acme)).toMatchObject({ kind: "failing", page: false });
    way.outside.githubDown = false;
    expect(await way.drive(acme)).toEqual({ kind: "gone" });
    const { calls } = way.outside;
    expect(calls.indexOf(`gone ${acme.installation}`)).toBeLessThan(calls.indexOf("destroy keys"));
  });

  it("O7 past a provider only by a person's word, which is an entry; the certificate waits for the truth and names it", async () => {
    await leave();
    const asked = { tenantId: acme.id, reason: "GitHub is gone for a week", by: ADA };
    expect((await overrideProvider(t.operator, asked)).kind).toBe("refused");
    way.outside.githubDown = true;
    await way.drive(acme);
    const done = await overrideProvider(t.operator, asked);
    expect(done.kind).toBe("overridden");
    expect(await way.drive(acme)).toMatchObject({ kind: "failing", step: "verified" });
    expect(await taken()).toContain("rows_deleted");
    way.outside.githubDown = false;
    expect(await way.drive(acme)).toEqual({ kind: "gone" });
    expect(way.outside.certificates.at(-1)?.override).toBe(done.kind === "overridden" ? done.entry : null);
  });

  it.each<[string, (tenant: TestTenant) => Promise<unknown>, string]>([
    [
      "a row that row-level security hides from everybody",
      (of) => t.adminSql("insert into gate.repository (tenant_id, repository_id, installation_id, name) values ($1, 9, 9, 'x/y')", [of.id]), // prettier-ignore
      "1 rows in gate.repository",
    ],
    [
      "a job that waits for it",
      (of) => t.adminSql("select graphile_worker.add_job('github.delivery', json_build_object('tenant', $1::text, 'guid', 'g'))", [of.id]), // prettier-ignore
      "_private_jobs name it in payload",
    ],
    ["a role of its name", (of) => t.adminSql(`create role "${of.prefix}_reader" nologin`), "role acme"],
    ["a table that nobody has read", () => t.adminSql("create table platform.surprise (x int)"), "platform.surprise is on no list"], // prettier-ignore
    ["a large object", () => t.adminSql("select lo_create(4711)"), "large objects"],
  ])("O12 finds %s, and certifies nothing", async (_what, leftover, sentence) => {
    await leave();
    const cut: Partial<OffboardParts> = {
      async after(commit) {
        if (commit === "analysed") await leftover(acme);
      },
    };
    const before = way.outside.certificates.length;
    const answer = await way.drive(acme, cut);
    await t.adminSql("drop table if exists platform.surprise");
    await t.adminSql(`drop role if exists "${acme.prefix}_reader"`);
    await t.adminSql("select lo_unlink(oid) from pg_largeobject_metadata");
    expect(answer).toMatchObject({ kind: "failing", step: "verified", why: expect.stringContaining(sentence) });
    expect(way.outside.certificates).toHaveLength(before);
  });

  it("T1 R2 another client's world is the same to the byte, before and after", async () => {
    const globex = await t.tenant(`globex${installation}`, 2_000 + installation);
    await furnish(t, globex, 11);
    const places = { clientsDir: way.clients.directory };
    const before = await worldOf(t, globex, places);
    await leave();
    expect(await way.drive(acme)).toEqual({ kind: "gone" });
    expect(await worldOf(t, globex, places)).toEqual(before);
    expect(way.outside.installations.get(globex.installation)).toBeUndefined();
  });
});
