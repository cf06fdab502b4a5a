// What the table of test/keys/kms-contract.test.ts cannot ask of every store: what AWS sees, and what its waiting time means.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tenantId } from "#kernel";
import type { Kms } from "#keys";
import { createAwsKms } from "#keys/io";
import { startAwsKms, type AwsDouble } from "../support/aws-kms.ts";

Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret" });
const acme = tenantId("01ff0000-0000-7000-8000-00000000000a") ?? expect.unreachable();
const context = Buffer.from("countersign/dek/v1\nhere");
const secret = Buffer.from("a data key of thirty-two bytes..");
let server: AwsDouble;
let kms: Kms;
beforeAll(async () => {
  server = await startAwsKms();
  kms = createAwsKms({ region: "eu-central-1", endpoint: server.endpoint });
  await kms.open(null);
  await kms.create(acme);
});
afterAll(() => server.close());

describe("T3 keys in AWS KMS", () => {
  it("the tenant and the place are bound to each call, and neither the data key nor a prefix is sent", async () => {
    const wrapped = await kms.wrap(acme, secret, context);
    await kms.unwrap(acme, wrapped, context);
    for (const operation of ["Encrypt", "Decrypt"])
      expect(server.seen.findLast((one) => one.operation === operation)?.body).toMatchObject({
        KeyId: `alias/countersign-${acme}-v1`,
        EncryptionContext: { tenant: acme, context: context.toString("base64url") },
      });
    expect(JSON.stringify(server.seen)).not.toContain(secret.toString("base64"));
    expect(server.seen.every(({ authorization }) => authorization.includes("/eu-central-1/kms/aws4_request"))).toBe(
      true,
    );
  });

  it("what is longer than AWS takes is wrapped, too", async () => {
    const long = Buffer.alloc(100_000, 7);
    expect(await kms.unwrap(acme, await kms.wrap(acme, long, context), context)).toEqual({ kind: "key", bytes: long });
  });

  it("an ended version is destroyed while AWS waits, and after its seven days", async () => {
    const old = await kms.wrap(acme, secret, context);
    await kms.rotate(acme, 2);
    const newer = await kms.wrap(acme, secret, context);
    await kms.endVersions(acme, 1);
    expect(await kms.unwrap(acme, old, context)).toEqual({ kind: "destroyed" });
    server.pass(7);
    expect(await kms.unwrap(acme, old, context)).toEqual({ kind: "destroyed" });
    expect(await kms.unwrap(acme, newer, context)).toEqual({ kind: "key", bytes: secret });
    await kms.rotate(acme, 3);
    expect(await kms.rewrap(acme, newer, context)).toMatchObject({ kind: "rewrapped" });
  });

  it("destroyed: seven days in which it opens nothing, and an administrator of the account could call it back; then AWS knows nothing of it", async () => {
    const wrapped = await kms.wrap(acme, secret, context);
    await kms.destroy(acme);
    expect(kms.recallDays).toBe(7);
    expect(server.seen.findLast((one) => one.operation === "ScheduleKeyDeletion")?.body).toMatchObject({
      PendingWindowInDays: 7,
    });
    expect(await kms.state(acme)).toBe("destroyed");
    server.pass(7);
    expect(await kms.state(acme)).toBe("none");
    await expect(kms.unwrap(acme, wrapped, context)).rejects.toMatchObject({ code: "keys_unavailable" });
    // Whatever is made under the name afterwards is another key.
    await kms.create(acme);
    expect(await kms.unwrap(acme, wrapped, context)).toMatchObject({ kind: "damaged" });
  });

  it("fail closed: what it says is not repeated, and an answer that is none is none", async () => {
    const elsewhere = createAwsKms({ region: "eu-central-1", endpoint: "http://127.0.0.1:9" });
    await expect(elsewhere.state(acme)).rejects.toMatchObject({
      code: "keys_unavailable",
      message: expect.stringMatching(/^AWS KMS does not do what is asked \([A-Za-z0-9 ]+\)\. Nothing is sealed/),
    });
  });
});
