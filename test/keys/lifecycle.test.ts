// How long a data key has its turn: 90 days or 2^30 seals, then it opens what it sealed and nothing more.

import { beforeAll, describe, expect, it } from "vitest";
import type { DekUse } from "#keys";
import { createKeys } from "#keys/io";
import { asOperator, attack } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});
/** A process that has nothing in memory. */
const sealing = (use: DekUse) =>
  t.db.withTenant(acme.claim, (tx) => createKeys({ kms: t.kms, clock: () => 0 }).sealing(tx, use));
const stateOf = async (id: string): Promise<unknown> =>
  (await t.adminSql("select state, retired_at is not null as retired from keys.dek where dek_id = $1", [id]))[0];
const older = (id: string, age: string) =>
  t.adminSql("update keys.dek set created_at = now() - $2::interval where dek_id = $1", [id, age]);

const SEAL: readonly DekUse[] = [
  { purpose: "packet" },
  { purpose: "evidence" },
  { purpose: "webhook" },
  { purpose: "audit", month: "2026-11" },
  { purpose: "pii", subject: "github:7" },
];

describe("T3 a data key has its turn", () => {
  it.each(SEAL)("of 90 days, and then the next one seals: %j", async (use) => {
    const first = await sealing(use);
    await older(first.id, "89 days");
    expect((await sealing(use)).id).toBe(first.id);
    await older(first.id, "90 days");
    const second = await sealing(use);
    expect(second.id).not.toBe(first.id);
    expect(await stateOf(first.id)).toEqual({ state: "decrypt_only", retired: true });
    expect((await sealing(use)).id).toBe(second.id);
    const opened = await t.db.withTenant(acme.claim, (tx) => t.keys.opening(tx, [first.id]));
    expect(opened.get(first.id)).toMatchObject({ kind: "key" });
  });

  it("of 2^30 values that are sealed under it", async () => {
    const first = await sealing({ purpose: "env" });
    await asOperator(t, acme, (tx) => t.keys.sealed(tx, first.id, 1));
    await t.adminSql("update keys.dek set seals = seals + 1073741822 where dek_id = $1", [first.id]);
    expect((await sealing({ purpose: "env" })).id).toBe(first.id);
    await asOperator(t, acme, (tx) => t.keys.sealed(tx, first.id, 1));
    expect((await sealing({ purpose: "env" })).id).not.toBe(first.id);
  });

  it("any number of processes at its end: one next key", async () => {
    const first = await sealing({ purpose: "packet" });
    await older(first.id, "91 days");
    const ids = await Promise.all(Array.from({ length: 8 }, async () => (await sealing({ purpose: "packet" })).id));
    expect(new Set(ids).size).toBe(1);
    expect(ids).not.toContain(first.id);
  });

  it("keys of HMACs have no turn: what they name is found under the same key only", async () => {
    const search = await sealing({ purpose: "column" });
    await sealing({ purpose: "pii", subject: "github:9" });
    await t.adminSql("update keys.dek set created_at = now() - interval '400 days' where tenant_id = $1 and (purpose = 'column' or subject is null)", [acme.id]); // prettier-ignore
    expect((await sealing({ purpose: "column" })).id).toBe(search.id);
    const index = await t.adminSql("select state from keys.dek where tenant_id = $1 and purpose = 'pii' and subject is null", [acme.id]); // prettier-ignore
    expect(index).toEqual([{ state: "active" }]);
  });

  it("a person's newer keys end with the older ones", async () => {
    const use: DekUse = { purpose: "pii", subject: "github:11" };
    const first = await sealing(use);
    await older(first.id, "90 days");
    const second = await sealing(use);
    expect(await asOperator(t, acme, (tx) => t.keys.destroySubject(tx, "github:11"))).toBe(true);
    for (const { id } of [first, second]) expect(await stateOf(id)).toMatchObject({ state: "destroyed" });
  });

  it("K5 an environment's key is replaced with all that it sealed, and not behind it: its age is what the alarm is about", async () => {
    const { id } = await sealing({ purpose: "env" });
    await older(id, "91 days");
    expect((await sealing({ purpose: "env" })).id).toBe(id);
  });

  it("environment keys are destroyed 90 days after their turn; those of the log are kept", async () => {
    const [env, packet] = [await sealing({ purpose: "env" }), await sealing({ purpose: "packet" })];
    await older(packet.id, "91 days");
    await asOperator(t, acme, (tx) => t.keys.retireEnv(tx));
    await sealing({ purpose: "packet" });
    await asOperator(t, acme, (tx) => t.keys.endEnv(tx, 90));
    expect(await stateOf(env.id)).toMatchObject({ state: "decrypt_only" });
    await t.adminSql("update keys.dek set retired_at = now() - interval '90 days' where state = 'decrypt_only'");
    await asOperator(t, acme, (tx) => t.keys.endEnv(tx, 90));
    expect(await stateOf(env.id)).toMatchObject({ state: "destroyed" });
    expect(await stateOf(packet.id)).toMatchObject({ state: "decrypt_only" });
  });

  it("T2 who has broken into the server ends no key's turn before its time", async () => {
    const { id } = await sealing({ purpose: "evidence" });
    const answer = await attack(await t.appClient(), acme.claim.text, `select keys.retire_due('${id}') as done`);
    expect(answer).toMatchObject({ rows: [{ done: false }] });
  });
});
