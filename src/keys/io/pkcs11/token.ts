// What we do with objects in one token of an HSM.

import { randomBytes } from "node:crypto";
import { bool, CKA, CKK_AES, CKM, CKO, CKR, ulong, type Cryptoki } from "./cryptoki.ts";
import { createSession, hsmLost, must, Refused, type Pkcs11Place, type Session } from "./session.ts";

/** A key as it is found: made anew with each object, so that its handle is used at once and not kept. */
export interface FoundKey {
  readonly handle: bigint;
  /** CKA_ID. */
  readonly id: Buffer;
}

const MOST_OBJECTS = 4096;
const TAG_BYTES = 16;

export function createToken(place: Pkcs11Place) {
  const within = createSession(place);

  const found = async (
    { cryptoki, handle }: Session,
    attributes: Parameters<Cryptoki["template"]>[0],
  ): Promise<bigint[]> => {
    await must(cryptoki, "C_FindObjectsInit", handle, cryptoki.template(attributes), attributes.length);
    try {
      const [objects, count] = [Buffer.alloc(8 * MOST_OBJECTS), ulong(0)];
      await must(cryptoki, "C_FindObjects", handle, objects, MOST_OBJECTS, count);
      return Array.from({ length: Number(count.readBigUInt64LE()) }, (_, at) => objects.readBigUInt64LE(at * 8));
    } finally {
      await cryptoki.call("C_FindObjectsFinal", handle);
    }
  };

  const attribute = async (
    { cryptoki, handle }: Session,
    object: bigint,
    type: number,
    length: number,
  ): Promise<Buffer> => {
    const value = Buffer.alloc(length);
    const asked = cryptoki.template([[type, value]]);
    await must(cryptoki, "C_GetAttributeValue", handle, object, asked, 1);
    return value.subarray(0, Number(asked.bytes.readBigUInt64LE(16)));
  };

  const keysOf = async (at: Session, label: string): Promise<readonly FoundKey[]> => {
    const objects = await found(at, [
      [CKA.CLASS, ulong(CKO.SECRET_KEY)],
      [CKA.LABEL, Buffer.from(label)],
    ]);
    const keys: FoundKey[] = [];
    for (const handle of objects) {
      // INVARIANT: what could ever leave the HSM is none of ours.
      for (const [type, wanted] of [
        [CKA.EXTRACTABLE, 0],
        [CKA.NEVER_EXTRACTABLE, 1],
        [CKA.SENSITIVE, 1],
      ] as const)
        if ((await attribute(at, handle, type, 1))[0] !== wanted)
          throw hsmLost(`has a key ${label} that can leave it, or could once: it is not used`);
      keys.push({ handle, id: Buffer.from(await attribute(at, handle, CKA.ID, 64)) });
    }
    return keys.toSorted((a, b) => Buffer.compare(a.id, b.id));
  };

  const crypt = async (
    { cryptoki, handle }: Session,
    verb: "Encrypt" | "Decrypt",
    key: bigint,
    given: { readonly iv: Buffer; readonly associated: Buffer; readonly data: Buffer },
  ): Promise<Buffer | { readonly refused: number }> => {
    await must(cryptoki, `C_${verb}Init`, handle, cryptoki.gcm(given.iv, given.associated), key);
    const [out, length] = [Buffer.alloc(given.data.length + TAG_BYTES), ulong(given.data.length + TAG_BYTES)];
    const code = await cryptoki.call(`C_${verb}`, handle, given.data, given.data.length, out, length);
    return code === CKR.OK ? out.subarray(0, Number(length.readBigUInt64LE())) : { refused: code };
  };

  return {
    keys: (label: string): Promise<readonly FoundKey[]> => within((at) => keysOf(at, label)),
    /** Of those that are there, or else a new one, under `id`. */
    keyOrNew: (label: string, idOf: (there: readonly FoundKey[]) => Buffer | null): Promise<readonly FoundKey[]> =>
      within(async (at) => {
        const there = await keysOf(at, label);
        const id = idOf(there);
        if (id === null) return there;
        const template = at.cryptoki.template([
          [CKA.CLASS, ulong(CKO.SECRET_KEY)],
          [CKA.KEY_TYPE, ulong(CKK_AES)],
          [CKA.VALUE_LEN, ulong(32)],
          [CKA.LABEL, Buffer.from(label)],
          [CKA.ID, id],
          [CKA.TOKEN, bool(true)],
          [CKA.PRIVATE, bool(true)],
          [CKA.SENSITIVE, bool(true)],
          [CKA.EXTRACTABLE, bool(false)],
          [CKA.ENCRYPT, bool(true)],
          [CKA.DECRYPT, bool(true)],
          [CKA.WRAP, bool(false)],
          [CKA.UNWRAP, bool(false)],
        ]);
        await must(
          at.cryptoki,
          "C_GenerateKey",
          at.handle,
          at.cryptoki.mechanism(CKM.AES_KEY_GEN),
          template,
          13,
          ulong(0),
        );
        return keysOf(at, label);
      }),
    /** Final. */
    removeKeys: (label: string, which: (key: FoundKey) => boolean): Promise<void> =>
      within(async (at) => {
        for (const { handle } of (await keysOf(at, label)).filter(which)) {
          const code = await at.cryptoki.call("C_DestroyObject", at.handle, handle);
          // Another process was first.
          if (code !== CKR.OK && code !== CKR.OBJECT_HANDLE_INVALID) throw new Refused("C_DestroyObject", code);
        }
      }),
    /** Ciphertext and tag. */
    encrypt: (key: FoundKey, iv: Buffer, associated: Buffer, data: Buffer): Promise<Buffer> =>
      within(async (at) => {
        const made = await crypt(at, "Encrypt", key.handle, { iv, associated, data });
        if (Buffer.isBuffer(made)) return made;
        throw new Refused("C_Encrypt", made.refused);
      }),
    /** null: not what this key encrypted with this associated data. */
    decrypt: (key: FoundKey, iv: Buffer, associated: Buffer, data: Buffer): Promise<Buffer | null> =>
      within(async (at) => {
        const made = await crypt(at, "Decrypt", key.handle, { iv, associated, data });
        if (Buffer.isBuffer(made)) return made;
        switch (made.refused) {
          case CKR.ENCRYPTED_DATA_INVALID:
          case CKR.ENCRYPTED_DATA_LEN_RANGE:
          case CKR.AEAD_DECRYPT_FAILED:
            return null;
          default:
            break;
        }
        if (made.refused !== CKR.GENERAL_ERROR) throw new Refused("C_Decrypt", made.refused);
        // Some modules have no better word for a wrong tag. That the key works tells it from an HSM that does not.
        const works = await crypt(at, "Encrypt", key.handle, {
          iv: randomBytes(12),
          associated,
          data: Buffer.alloc(1),
        });
        if (Buffer.isBuffer(works)) return null;
        throw new Refused("C_Decrypt", made.refused);
      }),
    /** A sign that says something of a key, and outlives it. */
    hasMark: (label: string): Promise<boolean> => within(async (at) => (await marks(at, label)).length > 0),
    mark: (label: string): Promise<void> =>
      within(async (at) => {
        if ((await marks(at, label)).length > 0) return;
        const template = at.cryptoki.template([
          [CKA.CLASS, ulong(CKO.DATA)],
          [CKA.LABEL, Buffer.from(label)],
          [CKA.TOKEN, bool(true)],
          [CKA.PRIVATE, bool(true)],
          [CKA.VALUE, Buffer.from(label)],
        ]);
        await must(at.cryptoki, "C_CreateObject", at.handle, template, 5, ulong(0));
      }),
    unmark: (label: string): Promise<void> =>
      within(async (at) => {
        for (const object of await marks(at, label)) await at.cryptoki.call("C_DestroyObject", at.handle, object);
      }),
    /** Labels of all keys that can be found. */
    labels: (): Promise<readonly string[]> =>
      within(async (at) => {
        const labels: string[] = [];
        for (const object of await found(at, [[CKA.CLASS, ulong(CKO.SECRET_KEY)]]))
          labels.push((await attribute(at, object, CKA.LABEL, 256)).toString("utf8"));
        return labels;
      }),
  };

  function marks(at: Session, label: string): Promise<bigint[]> {
    return found(at, [
      [CKA.CLASS, ulong(CKO.DATA)],
      [CKA.LABEL, Buffer.from(label)],
    ]);
  }
}
