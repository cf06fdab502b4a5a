// What the table of test/keys/kms-contract.test.ts cannot ask of every store: what an HSM of its own kind refuses.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tenantId } from "#kernel";
import { createPkcs11Kms } from "#keys/io";
import { bool, CKA, CKK_AES, CKM, CKO, ulong } from "../../src/keys/io/pkcs11/cryptoki.ts";
import { createSession, must } from "../../src/keys/io/pkcs11/session.ts";
import { removeSoftHsm, softHsm } from "../support/softhsm.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-pkcs11-"));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  removeSoftHsm();
});
const acme = tenantId("01ff0000-0000-7000-8000-00000000000a") ?? expect.unreachable();
const config = { code: "config_invalid" };
const pinFile = (text: string, mode = 0o600): string => {
  const path = join(root, `pin-${Math.trunc(text.length * 1000 + mode)}`);
  writeFileSync(path, text, { mode });
  return path;
};

describe("T3 keys in an HSM", () => {
  it.each<[string, (place: ReturnType<typeof softHsm>) => ReturnType<typeof softHsm>, RegExp]>([
    ["no library", (place) => ({ ...place, module: "/nowhere/hsm.so" }), /PKCS11_MODULE .* cannot be loaded/],
    ["a file that is no library", (place) => ({ ...place, module: import.meta.filename }), /cannot be loaded/],
    ["no such token", (place) => ({ ...place, token: { kind: "label", label: "other" } }), /has the label/],
    ["no such slot", (place) => ({ ...place, token: { kind: "slot", slot: 1 } }), /no token is there/],
    ["a wrong PIN", (place) => ({ ...place, pinFile: pinFile("000000\n") }), /does not take the PIN/],
    ["an empty PIN", (place) => ({ ...place, pinFile: pinFile("\n") }), /is empty/],
    ["a PIN that others may read", (place) => ({ ...place, pinFile: pinFile("1234567\n", 0o644) }), /chmod 600/],
  ])("fail closed: %s", async (_, change, why) => {
    const kms = createPkcs11Kms(change(softHsm()));
    await expect(kms.open(null)).rejects.toMatchObject({ ...config, message: expect.stringMatching(why) });
  });

  it("fail closed: a key of a tenant's name that could leave the HSM is used by nobody", async () => {
    const place = softHsm();
    const kms = createPkcs11Kms(place);
    await kms.open(null);
    await createSession(place)(async ({ cryptoki, handle }) => {
      const template = cryptoki.template([
        [CKA.CLASS, ulong(CKO.SECRET_KEY)],
        [CKA.KEY_TYPE, ulong(CKK_AES)],
        [CKA.VALUE_LEN, ulong(32)],
        [CKA.LABEL, Buffer.from(`countersign-${acme}`)],
        [CKA.ID, Buffer.from(`${"\u0000".repeat(3)}\u0001${"x".repeat(16)}`)],
        [CKA.TOKEN, bool(true)],
        [CKA.SENSITIVE, bool(true)],
        [CKA.EXTRACTABLE, bool(true)],
        [CKA.ENCRYPT, bool(true)],
      ]);
      await must(cryptoki, "C_GenerateKey", handle, cryptoki.mechanism(CKM.AES_KEY_GEN), template, 9, ulong(0));
    });
    await expect(kms.wrap(acme, Buffer.alloc(32), Buffer.alloc(0))).rejects.toMatchObject({ code: "keys_unavailable" });
  });

  it("its keys cannot be read: the module itself refuses", async () => {
    const place = softHsm();
    const kms = createPkcs11Kms(place);
    await kms.open(null);
    await kms.create(acme);
    const answered = await createSession(place)(async ({ cryptoki, handle }) => {
      const wanted = cryptoki.template([[CKA.LABEL, Buffer.from(`countersign-${acme}`)]]);
      const [object, count, value] = [ulong(0), ulong(0), Buffer.alloc(64)];
      await must(cryptoki, "C_FindObjectsInit", handle, wanted, 1);
      await must(cryptoki, "C_FindObjects", handle, object, 1, count);
      await must(cryptoki, "C_FindObjectsFinal", handle);
      const asked = cryptoki.template([[CKA.VALUE, value]]);
      return { code: await cryptoki.call("C_GetAttributeValue", handle, object.readBigUInt64LE(), asked, 1), value };
    });
    // CKR_ATTRIBUTE_SENSITIVE.
    expect(answered).toEqual({ code: 0x11, value: Buffer.alloc(64) });
  });
});
