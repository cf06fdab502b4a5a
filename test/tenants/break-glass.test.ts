// K4: a tenant's keys replaced at once, by two people, on real PostgreSQL.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Act } from "#identity";
import { addOperator, createSecondPerson } from "#identity/io";
import type { Kms } from "#keys";
import { createKeys } from "#keys/io";
import {
  breakGlass,
  openClients,
  openSecret,
  revocations,
  revoked,
  setSecret,
  type BreakGlassAccess,
} from "#tenants/io";
import { attack, sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const root = mkdtempSync(join(tmpdir(), "countersign-glass-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const by = { operator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const asker = { initiator: by.operator, requestId: by.requestId };
const door = createSecondPerson(t.operator);
const reason = "a laptop with a copy of the keys was stolen";
let access: BreakGlassAccess;
let [ada, bob] = ["", ""];
let stranger: TestTenant;
beforeAll(async () => {
  access = { ...t.operator, keys: t.keys, kms: t.kms, clients: await openClients(root) };
  stranger = await t.tenant("stranger", 9);
  const first = await addOperator(t.operator, { name: "ada", how: { kind: "first" }, by: asker });
  ada = first.kind === "added" ? first.text : "";
  const how = { kind: "operator", key: ada, reason: "so that there are two" } as const;
  const second = await addOperator(t.operator, { name: "bob", how, by: asker });
  bob = second.kind === "added" ? second.text : "";
});

const actOf = (of: TestTenant, why = reason): Act => ({
  kind: "tenant.break_glass",
  tenant: of.id,
  about: { prefix: of.prefix },
  reason: why,
});
const broken = (of: TestTenant, kms: Kms = t.kms) =>
  breakGlass(
    { ...access, kms },
    {
      tenant: of.id,
      prefix: of.prefix,
      reason,
      by,
      take: (tx) => door.take(tx, { key: ada, act: actOf(of), by: asker }),
    },
  );
async function confirmed(of: TestTenant, why = reason): Promise<void> {
  const asked = await door.ask({ key: ada, act: actOf(of, why), by: asker });
  if (asked.kind !== "pending") throw new Error(asked.kind);
  await door.confirm({ key: bob, id: asked.id, by: asker });
}
const set = (of: TestTenant, name: string, value: string) =>
  setSecret(access, { tenant: of.id, prefix: of.prefix, name, value, by });
async function valueOf(of: TestTenant, name: string): Promise<string | null> {
  const fresh = { ...access, keys: createKeys({ kms: t.kms, clock: () => 0 }) };
  const opened = await t.db.withTenant(of.claim, (tx) => openSecret(fresh, tx, { prefix: of.prefix, name }));
  return opened.kind === "opened" ? opened.reveal() : null;
}
const entries = (of: TestTenant) => t.db.withTenant(of.claim, (tx) => t.audit.recent(tx, { limit: 50 }));
const states = async (of: TestTenant, purpose: string) =>
  (await t.adminSql("select state from keys.dek where tenant_id = $1 and purpose = $2::keys.purpose order by version", [of.id, purpose])).map(({ state }) => state); // prettier-ignore
const versions = async (of: TestTenant) =>
  (await t.adminSql("select state from keys.kek where tenant_id = $1 order by version", [of.id])).map(
    ({ state }) => state,
  );
const file = (of: TestTenant): string => join(root, of.prefix, ".env");

describe("K4 break-glass rotation", () => {
  it("is refused without a second person, and with one who confirmed something else: nothing is changed", async () => {
    const hooli = await t.tenant("hooli", 1);
    await set(hooli, "TOKEN", "hunter2-hunter2");
    const before = readFileSync(file(hooli), "utf8");
    expect(await broken(hooli)).toEqual({ kind: "needs_second_person" });
    await confirmed(hooli, "another reason");
    expect(await broken(hooli)).toEqual({ kind: "needs_second_person" });
    expect(readFileSync(file(hooli), "utf8")).toBe(before);
    expect(await versions(hooli)).toEqual([]);
    expect(await t.adminSql("select from keys.break_glass")).toEqual([]);
  });

  it("with both: new KEK, new data keys, credentials sealed anew, the old version ended at once, and all of it in the client's own log", async () => {
    const acme = await t.tenant("acme", 2);
    const globex = await t.tenant("globex", 3);
    await set(globex, "TOKEN", "theirs");
    await set(acme, "DATABASE_URL", "postgres://reader:hunter2@db/shop");
    await set(acme, "TOKEN", "hunter2-hunter2");
    const [fileBefore, theirs] = [readFileSync(file(acme), "utf8"), readFileSync(file(globex), "utf8")];
    const [oldRow] = await t.adminSql(
      "select dek_id, wrapped from keys.dek where tenant_id = $1 and purpose = 'audit'",
      [acme.id],
    );
    await confirmed(acme);
    const done = await broken(acme);
    expect(done).toMatchObject({
      kind: "done",
      version: 2,
      confirmedBy: "bob",
      problems: [],
      checklist: [
        { name: "DATABASE_URL", owner: "ada", doneAt: null, overdue: false },
        { name: "TOKEN", owner: "ada", doneAt: null, overdue: false },
      ],
    });
    // What stays under the keys from before is said, not hidden.
    expect(done.kind === "done" && done.bodiesBefore).toBeGreaterThan(0);
    expect(await versions(acme)).toEqual(["destroyed", "active"]);
    expect(await states(acme, "env")).toEqual(["destroyed", "active"]);
    expect((await states(acme, "audit"))[0]).toBe("decrypt_only");
    expect(await valueOf(acme, "TOKEN")).toBe("hunter2-hunter2");
    expect(readFileSync(file(globex), "utf8")).toBe(theirs);
    expect((await entries(acme)).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["act.ask", "act.confirm", "act.take", "kek.break_glass", "kek.rotate", "secret.rotate", "kek.end"]), // prettier-ignore
    );
    expect((await entries(acme)).find(({ kind }) => kind === "kek.break_glass")).toMatchObject({
      body: { payload: { reason, askedBy: "ada", confirmedBy: "bob", minutes: 30 } },
    });
    // A thief's copies open nothing: neither the file from before, nor a data key from a backup.
    const kept = readFileSync(file(acme), "utf8");
    writeFileSync(file(acme), fileBefore, { mode: 0o600 });
    expect(await valueOf(acme, "TOKEN")).toBeNull();
    writeFileSync(file(acme), kept, { mode: 0o600 });
    await t.adminSql("update keys.dek set wrapped = $2 where dek_id = $1", [oldRow?.["dek_id"], oldRow?.["wrapped"]]);
    const keys = createKeys({ kms: t.kms, clock: () => 0 });
    const opened = await t.db.withTenant(acme.claim, (tx) => keys.opening(tx, [String(oldRow?.["dek_id"])]));
    expect([...opened.values()]).toEqual([{ kind: "destroyed" }]);
    // One confirmation, one rotation.
    expect(await broken(acme)).toEqual({ kind: "needs_second_person" });
  });

  it("each provider's credential is on a list with an owner and a time, until somebody says that it was revoked there", async () => {
    const pied = await t.tenant("pied", 4);
    await set(pied, "TOKEN", "hunter2-hunter2");
    await confirmed(pied);
    await broken(pied);
    const list = () => t.db.withTenant(pied.claim, revocations);
    const [open] = await list();
    expect((open?.dueAt ?? 0) - Date.now()).toBeGreaterThan(3.9 * 3_600_000);
    await t.adminSql("update keys.revocation set due_at = now() - interval '1 second' where tenant_id = $1", [pied.id]);
    expect(await list()).toMatchObject([{ overdue: true }]);
    expect(await revoked(access, { tenant: pied.id, name: "OTHER", by })).toBe("not_listed");
    expect(await revoked(access, { tenant: pied.id, name: "TOKEN", by })).toBe("ticked");
    expect(await revoked(access, { tenant: pied.id, name: "TOKEN", by })).toBe("not_listed");
    expect(await list()).toMatchObject([{ doneBy: "ada", overdue: false }]);
    expect((await entries(pied))[0]).toMatchObject({ kind: "secret.revoked", body: { payload: { name: "TOKEN" } } });
  });

  it("a credential that does not open keeps nothing else from being replaced, and its old key is kept", async () => {
    const initech = await t.tenant("initech", 5);
    await set(initech, "TOKEN", "hunter2-hunter2");
    const text = readFileSync(file(initech), "utf8");
    writeFileSync(file(initech), text.replace(/.{4}\n$/, "AAAA\n"), { mode: 0o600 });
    await confirmed(initech);
    expect(await broken(initech)).toMatchObject({
      kind: "done",
      version: 2,
      problems: [expect.stringMatching(/TOKEN/)],
    });
    expect(await versions(initech)).toEqual(["destroyed", "active"]);
    writeFileSync(file(initech), text, { mode: 0o600 });
    expect(await valueOf(initech, "TOKEN")).toBe("hunter2-hunter2");
  });

  it("K2 cut off at any step, the next run goes on within the half hour; after it two people are needed again", async () => {
    const umbrella = await t.tenant("umbrella", 6);
    await set(umbrella, "TOKEN", "hunter2-hunter2");
    const lost = async (): Promise<never> => {
      throw new Error("the process ended");
    };
    const cuts: readonly Partial<Kms>[] = [{ rotate: lost }, { rewrap: lost }, { endVersions: lost }];
    await confirmed(umbrella);
    for (const cut of cuts) {
      await expect(broken(umbrella, { ...t.kms, ...cut })).rejects.toThrow("the process ended");
      expect(await valueOf(umbrella, "TOKEN")).toBe("hunter2-hunter2");
    }
    await t.adminSql("update keys.break_glass set opened_at = opened_at - interval '31 minutes', expires_at = expires_at - interval '31 minutes' where tenant_id = $1", [umbrella.id]); // prettier-ignore
    expect(await broken(umbrella)).toEqual({ kind: "needs_second_person" });
    await confirmed(umbrella);
    expect(await broken(umbrella)).toMatchObject({ kind: "done", version: 2 });
    expect(await versions(umbrella)).toEqual(["destroyed", "active"]);
    expect(await valueOf(umbrella, "TOKEN")).toBe("hunter2-hunter2");
    expect(await t.adminSql("select from keys.break_glass where tenant_id = $1", [umbrella.id])).toHaveLength(1);
    await t.db.withTenant(umbrella.claim, (tx) => t.append(tx, sampleEntry()));
    await checkWorld(t);
  });

  it.each([
    "insert into keys.break_glass (tenant_id, reason, asked_by, confirmed_by) select app.tid(), 'x', 'a', 'b'",
    "update keys.revocation set done_at = now(), done_by = 'x'",
    "select keys.retire_all()",
    "select keys.end_env(0)",
    "select keys.count_seals(gen_random_uuid(), 1000000)",
  ])("T2 who has broken into the server cannot: %s", async (statement) => {
    expect(await attack(await t.appClient(), stranger.claim.text, statement)).toMatchObject({ refused: "42501" });
  });
});
