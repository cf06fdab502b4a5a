// The part of PKCS#11 (Cryptoki 2.40, OASIS) that we call, straight from the module's own functions, on systems whose `unsigned long` has eight bytes.

import { Fault } from "#kernel";

export const CKR = {
  OK: 0x0,
  GENERAL_ERROR: 0x5,
  ENCRYPTED_DATA_INVALID: 0x40,
  ENCRYPTED_DATA_LEN_RANGE: 0x41,
  AEAD_DECRYPT_FAILED: 0x42,
  OBJECT_HANDLE_INVALID: 0x82,
  USER_ALREADY_LOGGED_IN: 0x100,
  CRYPTOKI_ALREADY_INITIALIZED: 0x191,
} as const;
export const CKA = {
  CLASS: 0x0,
  TOKEN: 0x1,
  PRIVATE: 0x2,
  LABEL: 0x3,
  VALUE: 0x11,
  KEY_TYPE: 0x100,
  ID: 0x102,
  SENSITIVE: 0x103,
  ENCRYPT: 0x104,
  DECRYPT: 0x105,
  WRAP: 0x106,
  UNWRAP: 0x107,
  VALUE_LEN: 0x161,
  EXTRACTABLE: 0x162,
  NEVER_EXTRACTABLE: 0x164,
} as const;
export const CKO = { DATA: 0x0, SECRET_KEY: 0x4 } as const;
export const CKK_AES = 0x1f;
export const CKM = { AES_KEY_GEN: 0x1080, AES_GCM: 0x1087 } as const;
export const TAG_BITS = 128;

/** What a call answered: CKR_OK, or a code of the standard's. */
export type Returned = number;

/** Bytes that a call reads or writes, with whatever they point at: nothing of it may be collected meanwhile. */
export interface Memory {
  readonly bytes: Buffer;
  readonly kept: readonly Buffer[];
}

export type Argument = number | bigint | Buffer | Memory | null;

export interface Cryptoki {
  call(name: FunctionName, ...args: readonly Argument[]): Promise<Returned>;
  /** `CK_ATTRIBUTE[]`. */
  template(attributes: readonly (readonly [type: number, value: Buffer])[]): Memory;
  /** `CK_MECHANISM` of AES-GCM. */
  gcm(iv: Buffer, associated: Buffer): Memory;
  /** `CK_MECHANISM` without a parameter. */
  mechanism(type: number): Memory;
}

/** Each with the types of its arguments. */
const FUNCTIONS = {
  C_Initialize: ["void *"],
  C_GetSlotList: ["uint8_t", "void *", "void *"],
  C_GetTokenInfo: ["unsigned long", "void *"],
  C_OpenSession: ["unsigned long", "unsigned long", "void *", "void *", "void *"],
  C_CloseSession: ["unsigned long"],
  C_Login: ["unsigned long", "unsigned long", "void *", "unsigned long"],
  C_GenerateKey: ["unsigned long", "void *", "void *", "unsigned long", "void *"],
  C_CreateObject: ["unsigned long", "void *", "unsigned long", "void *"],
  C_DestroyObject: ["unsigned long", "unsigned long"],
  C_GetAttributeValue: ["unsigned long", "unsigned long", "void *", "unsigned long"],
  C_FindObjectsInit: ["unsigned long", "void *", "unsigned long"],
  C_FindObjects: ["unsigned long", "void *", "unsigned long", "void *"],
  C_FindObjectsFinal: ["unsigned long"],
  C_EncryptInit: ["unsigned long", "void *", "unsigned long"],
  C_Encrypt: ["unsigned long", "void *", "unsigned long", "void *", "void *"],
  C_DecryptInit: ["unsigned long", "void *", "unsigned long"],
  C_Decrypt: ["unsigned long", "void *", "unsigned long", "void *", "void *"],
} as const;
export type FunctionName = keyof typeof FUNCTIONS;

export function ulong(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
export const bool = (value: boolean): Buffer => Buffer.from([value ? 1 : 0]);

/** Only here is the foreign-function library loaded: who keeps keys elsewhere need not have it. */
export async function loadCryptoki(path: string): Promise<Cryptoki> {
  const koffi = await import("koffi").catch((cause: unknown) => {
    throw new Fault(
      "config_invalid",
      "KMS is pkcs11, but the package koffi is not installed, which calls the module. Install Countersign with its optional packages (npm ci without --omit=optional).",
      { cause },
    );
  });
  if (process.platform === "win32" || koffi.sizeof("unsigned long") !== 8)
    throw new Fault("config_invalid", "KMS=pkcs11 works on 64-bit Linux and macOS. Use KMS=vault or KMS=aws here.");
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(path);
  } catch (cause) {
    throw new Fault(
      "config_invalid",
      `PKCS11_MODULE (${path}) cannot be loaded: is it the PKCS#11 library of your HSM?`,
      { cause },
    );
  }
  const known = new Map<FunctionName, ReturnType<typeof library.func>>();
  const functionOf = (name: FunctionName): ReturnType<typeof library.func> => {
    const found = known.get(name) ?? library.func(name, "unsigned long", [...FUNCTIONS[name]]);
    known.set(name, found);
    return found;
  };
  const address = (memory: Buffer): Buffer => ulong(memory.length === 0 ? 0n : koffi.address(memory));

  const structure = (...fields: readonly (number | Buffer | Memory)[]): Memory => {
    const parts = fields.map((field) =>
      typeof field === "number" ? ulong(field) : Buffer.isBuffer(field) ? address(field) : address(field.bytes),
    );
    const kept = fields.flatMap((field) =>
      typeof field === "number" ? [] : Buffer.isBuffer(field) ? [field] : [field.bytes, ...field.kept],
    );
    return { bytes: Buffer.concat(parts), kept };
  };

  return {
    // On another thread: an HSM that takes its time does not stop the server.
    call: (name, ...args) =>
      new Promise((resolve, reject) => {
        const plain = args.map((each) =>
          typeof each === "object" && each !== null && "bytes" in each ? each.bytes : each,
        );
        functionOf(name).async(...plain, (error: unknown, returned: unknown) => {
          // Read here, so that what the call pointed at was kept until now.
          if (error !== null && error !== undefined)
            return reject(new Error(`${name} could not be called`, { cause: error }));
          return args.length > FUNCTIONS[name].length ? undefined : resolve(Number(returned));
        });
      }),
    template(attributes) {
      const each = attributes.map(([type, value]) => structure(type, value, value.length));
      return {
        bytes: Buffer.concat(each.map(({ bytes }) => bytes)),
        kept: each.flatMap(({ kept }) => kept),
      };
    },
    gcm(iv, associated) {
      const parameters = structure(iv, iv.length, iv.length * 8, associated, associated.length, TAG_BITS);
      return structure(CKM.AES_GCM, parameters, parameters.bytes.length);
    },
    mechanism: (type) => ({ bytes: Buffer.concat([ulong(type), ulong(0), ulong(0)]), kept: [] }),
  };
}
