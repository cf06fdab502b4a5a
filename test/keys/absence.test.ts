// K1: the key store is down, whichever it is: what was unwrapped works on for five minutes, and then nothing is sealed or opened.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { DekUse, Kms } from "#keys";
import { createAwsKms, createFileKms, createKeys, createPkcs11Kms, createVaultKms } from "#keys/io";
import { startAwsKms } from "../support/aws-kms.ts";
import { testDatabase } from "../support/database.ts";
import { removeSoftHsm, softHsm } from "../support/softhsm.ts";
import { startVault } from "../support/vault.ts";

const t = await testDatabase();
Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "not-a-secret" });
const root = mkdtempSync(join(tmpdir(), "countersign-absence-"));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  removeSoftHsm();
});
const USE: DekUse = { purpose: "audit", month: "2026-11" };
const FIVE_MINUTES = 5 * 60_000;

interface Store {
  readonly kms: Kms;
  /** Takes it away for real. */
  readonly end: () => Promise<void>;
}
const away = async (path: string): Promise<void> => renameSync(path, `${path}-away`);
const STORES: readonly (readonly [string, number, () => Promise<Store>])[] = [
  [
    "the file root key, whose directory is unmounted",
    1,
    async () => {
      const directory = join(root, "keys");
      return { kms: createFileKms(directory), end: () => away(directory) };
    },
  ],
  [
    "Vault's transit engine, which does not answer",
    2,
    async () => {
      const server = await startVault();
      const path = join(root, "token");
      writeFileSync(path, "the-token", { mode: 0o600 });
      const login = { kind: "token_file", path } as const;
      const place = { address: server.address, namespace: null, transitMount: server.mount, login };
      return { kms: createVaultKms(place), end: server.close };
    },
  ],
  [
    "AWS KMS, which does not answer",
    4,
    async () => {
      const server = await startAwsKms();
      return { kms: createAwsKms({ region: "eu-central-1", endpoint: server.endpoint }), end: server.close };
    },
  ],
  [
    "an HSM, whose token is gone",
    3,
    async () => {
      const place = softHsm();
      return { kms: createPkcs11Kms(place), end: () => away(join(dirname(place.pinFile), "tokens")) };
    },
  ],
];

describe.each(STORES)("K1 (T3) %s", (_, number, start) => {
  it("fail closed: cached data keys for five minutes, and not a moment longer", async () => {
    const { kms, end } = await start();
    await kms.open(null);
    const tenant = await t.tenant(`absent${number}`, number);
    await t.adminSql("delete from keys.dek where tenant_id = $1", [tenant.id]);
    let now = 0;
    const keys = createKeys({ kms, clock: () => now });
    const sealing = () => t.db.withTenant(tenant.claim, (tx) => keys.sealing(tx, USE));
    await sealing();
    // Made in the transaction before, and kept from this one on.
    const { id } = await sealing();
    await end();
    now = FIVE_MINUTES - 1;
    expect((await sealing()).id).toBe(id);
    now = FIVE_MINUTES;
    await expect(sealing()).rejects.toMatchObject({ code: "keys_unavailable" });
    await expect(t.db.withTenant(tenant.claim, (tx) => keys.opening(tx, [id]))).rejects.toMatchObject({
      code: "keys_unavailable",
    });
    await expect(sealing()).rejects.toMatchObject({ code: "keys_unavailable" });
  });
});
