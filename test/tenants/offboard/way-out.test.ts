// R1, R2: a client's way out from the order to the certificate.
import { beforeEach, describe, expect, it } from "vitest";
import { setHold } from "#audit/io";
import { withOperator } from "#platform/postgres";
import { listTenants, reinstate } from "#tenants/io";
import { sampleEntry } from "../../support/attack.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { ADA, offboarding } from "../../support/offboarding.ts";

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

const leave = async (): Promise<void> => {
  expect((await way.order(acme)).kind).toBe("ordered");
  await way.witness(acme);
  await way.drive(acme);
  await way.after(acme, 301);
};

describe("R2 the hard phase", () => {
  it("takes every step, ends with a certificate, and leaves nothing but the name's end", async () => {
    await leave();
    expect(await way.drive(acme)).toEqual({ kind: "gone" });
    expect(way.outside.certificates.at(-1)).toMatchObject({ tenantId: acme.id });
    expect((await way.of(acme))?.prefix).toBeNull();
    void setHold;
    void withOperator;
    void listTenants;
    void reinstate;
    void ADA;
  });
});
