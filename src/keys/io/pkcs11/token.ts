// One token of an HSM: its session, and what we do with objects in it. One call after the other, and each waited for no longer than it may take.

import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Fault } from "#kernel";
import {
  type Argument,
  bool,
  CKA,
  CKK_AES,
  CKM,
  CKO,
  CKR,
  loadCryptoki,
  ulong,
  type Cryptoki,
  type FunctionName,
} from "./cryptoki.ts";

/** Which token, and who is asking. */
export interface Pkcs11Place {
  /** The HSM's own library. */
  readonly module: string;
  readonly token: { readonly kind: "slot"; readonly slot: number } | { readonly kind: "label"; readonly label: string };
  readonly pinFile: string;
}

/** A key as it is found: made anew with each object, so that its handle is used at once and not kept. */
export interface FoundKey {
  readonly handle: bigint;
  /** CKA_ID. */
  readonly id: Buffer;
}

const TIMEOUT_MS = 10_000;
const MOST_OBJECTS = 4096;
const SERIAL_AND_WRITE = 0x2 | 0x4;
const USER = 1;
const OS_LOCKING = 0x2;
const TOKEN_INFO_BYTES = 208;
const LABEL_BYTES = 32;
const TAG_BYTES = 16;

export const hsmLost = (what: string, cause?: unknown): Fault =>
  new Fault("keys_unavailable", `The HSM (PKCS11_MODULE) ${what}. Nothing is sealed or opened meanwhile.`, { cause });

/** A code of the standard's that is no answer. */
class Refused extends Error {
  readonly code: number;
  constructor(name: FunctionName, code: number) {
    super(`${name} answered 0x${code.toString(16)}`);
    this.code = code;
  }
}

interface Session {
  readonly cryptoki: Cryptoki;
  readonly handle: bigint;
}

// INVARIANT: one at a time in this process, whoever asks: what a module knows (its log-in, the object of a search) is the process's, and of two
// who look for a key and make it, the second finds the first one's.
let turn: Promise<unknown> = Promise.resolve();

export type Token = ReturnType<typeof createToken>;

export function createToken(place: Pkcs11Place) {
  let session: Promise<Session> | null = null;

  const must = async (cryptoki: Cryptoki, name: FunctionName, ...args: readonly Argument[]): Promise<void> => {
    const code = await cryptoki.call(name, ...args);
    if (code !== CKR.OK) throw new Refused(name, code);
  };

  async function open(): Promise<Session> {
    const cryptoki = await loadCryptoki(place.module);
    const locking = Buffer.concat([ulong(0), ulong(0), ulong(0), ulong(0), ulong(OS_LOCKING), ulong(0)]);
    const begun = await cryptoki.call("C_Initialize", locking);
    if (begun !== CKR.OK && begun !== CKR.CRYPTOKI_ALREADY_INITIALIZED) throw new Refused("C_Initialize", begun);
    const slot = await slotOf(cryptoki);
    const handle = ulong(0);
    await must(cryptoki, "C_OpenSession", slot, SERIAL_AND_WRITE, null, null, handle);
    const pin = await pinIn(place.pinFile);
    const code = await cryptoki.call("C_Login", handle.readBigUInt64LE(), USER, pin, pin.length);
    pin.fill(0);
    if (code !== CKR.OK && code !== CKR.USER_ALREADY_LOGGED_IN)
      throw new Fault(
        "config_invalid",
        `The HSM does not take the PIN in PKCS11_PIN_FILE (0x${code.toString(16)}). Do not try it often: an HSM locks itself after a few.`,
      );
    return { cryptoki, handle: handle.readBigUInt64LE() };
  }

  async function slotOf(cryptoki: Cryptoki): Promise<bigint> {
    const count = ulong(0);
    await must(cryptoki, "C_GetSlotList", 1, null, count);
    const slots = Buffer.alloc(8 * Math.max(1, Number(count.readBigUInt64LE())));
    await must(cryptoki, "C_GetSlotList", 1, slots, count);
    const there = Array.from({ length: Number(count.readBigUInt64LE()) }, (_, at) => slots.readBigUInt64LE(at * 8));
    if (place.token.kind === "slot") {
      const wanted = BigInt(place.token.slot);
      if (there.includes(wanted)) return wanted;
      throw new Fault(
        "config_invalid",
        `PKCS11_SLOT is ${wanted}, but no token is there. Tokens are in: ${there.join(", ")}.`,
      );
    }
    const { label } = place.token;
    const found: bigint[] = [];
    for (const each of there) {
      const info = Buffer.alloc(TOKEN_INFO_BYTES);
      await must(cryptoki, "C_GetTokenInfo", each, info);
      if (info.subarray(0, LABEL_BYTES).toString("utf8").trimEnd() === label) found.push(each);
    }
    const [one, second] = found;
    if (one !== undefined && second === undefined) return one;
    throw new Fault(
      "config_invalid",
      one === undefined
        ? `No token of the HSM has the label in PKCS11_LABEL (${label}).`
        : `Several tokens have the label in PKCS11_LABEL (${label}): name one with PKCS11_SLOT.`,
    );
  }

  /** In turn, with a session; with another one where the HSM has forgotten ours. */
  function within<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const attempt = async (): Promise<T> => {
      session ??= open();
      return work(await session);
    };
    const done = turn.then(async () => {
      try {
        return await attempt();
      } catch (error) {
        session = null;
        // A session ends with a restart of the HSM, and what was asked was not done then. Said twice, it is so.
        if (error instanceof Fault) throw error;
        return attempt().catch((again: unknown) => {
          session = null;
          throw again instanceof Fault ? again : hsmLost("does not do what is asked", again);
        });
      }
    });
    turn = done.catch(() => {});
    return inTime(done);
  }

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

async function inTime<T>(work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = pause(TIMEOUT_MS, null, { signal: over.signal }).then(() => {
    throw hsmLost(`has not answered within ${TIMEOUT_MS / 1000} seconds`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

async function pinIn(path: string): Promise<Buffer> {
  let text: string;
  try {
    if (((await stat(path)).mode & 0o077) !== 0)
      throw new Fault("config_invalid", `Others may read the file in PKCS11_PIN_FILE. Run: chmod 600 ${path}`);
    text = (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw hsmLost(`cannot be asked: the file in PKCS11_PIN_FILE (${path}) cannot be read`, cause);
  }
  if (text === "") throw new Fault("config_invalid", `The file in PKCS11_PIN_FILE (${path}) is empty.`);
  return Buffer.from(text, "utf8");
}
