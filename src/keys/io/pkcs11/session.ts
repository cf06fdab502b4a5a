// A session with one token of an HSM: opened, logged in, made anew where the HSM has forgotten it. One call after the other, and each waited for no
// longer than it may take.

import { readFile, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Fault } from "#kernel";
import { CKR, loadCryptoki, ulong, type Argument, type Cryptoki, type FunctionName } from "./cryptoki.ts";

/** Which token, and who is asking. */
export interface Pkcs11Place {
  /** The HSM's own library. */
  readonly module: string;
  readonly token: { readonly kind: "slot"; readonly slot: number } | { readonly kind: "label"; readonly label: string };
  readonly pinFile: string;
}

const TIMEOUT_MS = 10_000;
const SERIAL_AND_WRITE = 0x2 | 0x4;
const USER = 1;
const OS_LOCKING = 0x2;
const TOKEN_INFO_BYTES = 208;
const LABEL_BYTES = 32;

export const hsmLost = (what: string, cause?: unknown): Fault =>
  new Fault("keys_unavailable", `The HSM (PKCS11_MODULE) ${what}. Nothing is sealed or opened meanwhile.`, { cause });

/** A code of the standard's that is no answer. */
export class Refused extends Error {
  readonly code: number;
  constructor(name: FunctionName, code: number) {
    super(`${name} answered 0x${code.toString(16)}`);
    this.code = code;
  }
}

export interface Session {
  readonly cryptoki: Cryptoki;
  readonly handle: bigint;
}

// INVARIANT: one at a time in this process, whoever asks: what a module knows (its log-in, the object of a search) is the process's, and of two
// who look for a key and make it, the second finds the first one's.
let turn: Promise<unknown> = Promise.resolve();

/** Anything but CKR_OK is thrown. */
export async function must(cryptoki: Cryptoki, name: FunctionName, ...args: readonly Argument[]): Promise<void> {
  const code = await cryptoki.call(name, ...args);
  if (code !== CKR.OK) throw new Refused(name, code);
}

/** In turn, with a session. */
export type Within = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

export function createSession(place: Pkcs11Place): Within {
  let session: Promise<Session> | null = null;
  /** Once is enough: an HSM locks itself after a few wrong PINs, and every request would be one. */
  let wrongPin: Fault | null = null;

  async function open(): Promise<Session> {
    if (wrongPin !== null) throw wrongPin;
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
      throw (wrongPin = new Fault(
        "config_invalid",
        `The HSM does not take the PIN in PKCS11_PIN_FILE (0x${code.toString(16)}). Correct it before the next start: an HSM locks itself after a few.`,
      ));
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

  return within;
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
