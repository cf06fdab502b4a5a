// Clients whose key is destroyed and who are there: what a server does about them before it serves anybody.

import { describe, expect, it } from "vitest";
import { setHold } from "#audit/io";
import { withOperator } from "#platform/postgres";
import { listTenants, offboardingOf, orderAgain } from "#tenants/io";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const by = { operator: { type: "app", id: "countersign" }, requestId: "r" } as const;
const stateOf = async (tenant: string) =>
  (await withOperator(t.operator, listTenants)).find(({ tenantId }) => tenantId === tenant)?.state;

describe("O14 whoever is there without a key", () => {
  it("is left alone while the key is there", async () => {
    const acme = await t.tenant("acme", 1);
    expect(await orderAgain(t.operator, { kms: t.kms, by })).toEqual([]);
    expect(await stateOf(acme.id)).toBe("active");
  });

  it("is ordered to go, from a suspension too, and is not ordered twice", async () => {
    const globex = await t.tenant("globex", 2);
    const initech = await t.tenant("initech", 3);
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [initech.id]);
    for (const { id } of [globex, initech]) await t.kms.destroy(id);
    const answers = await orderAgain(t.operator, { kms: t.kms, by });
    expect(answers).toEqual([globex, initech].map(({ id }) => ({ tenantId: id, kind: "ordered" })));
    for (const { id } of [globex, initech]) {
      expect(await t.db.claimFor(id)).toBeNull();
      expect(await withOperator(t.operator, (tx) => offboardingOf(tx, id))).toMatchObject({
        state: "suspended",
        endedAt: null,
      });
    }
    expect(await orderAgain(t.operator, { kms: t.kms, by })).toEqual([]);
  });

  it("fails closed: under a legal hold nothing is ordered, and nobody has access all the same", async () => {
    const umbrella = await t.tenant("umbrella", 4);
    const acts = { access: t.operator, append: t.append, by: by.operator, observer: by.operator, requestId: "r" };
    expect(await setHold(acts, umbrella.id, "a lawsuit")).toMatchObject({ kind: "done" });
    await t.kms.destroy(umbrella.id);
    expect(await orderAgain(t.operator, { kms: t.kms, by })).toEqual([{ tenantId: umbrella.id, kind: "shut" }]);
    expect(await t.db.claimFor(umbrella.id)).toBeNull();
    expect(await stateOf(umbrella.id)).toBe("suspended");
  });
});
