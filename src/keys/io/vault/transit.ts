// The transit engine's calls that we use, and what their answers mean.
// API: https://developer.hashicorp.com/vault/api-docs/secret/transit, and OpenBao's page of the same name.

import { z } from "zod";
import { vaultLost } from "./ask.ts";
import type { VaultPlace } from "./place.ts";
import type { Answered, Asked, Session } from "./session.ts";

const TYPE = "aes256-gcm96";

/** What Vault says of a key, as far as we rely on it. */
const keyAnswer = z.object({
  data: z.object({
    type: z.string(),
    derived: z.boolean(),
    exportable: z.boolean(),
    latest_version: z.int().positive(),
    min_available_version: z.int().nonnegative(),
    min_decryption_version: z.int().positive(),
  }),
});
export type TransitKey = z.infer<typeof keyAnswer>["data"];

const listAnswer = z.object({ data: z.object({ keys: z.array(z.string()) }) });

const CIPHERTEXT = /^vault:v([1-9]\d{0,8}):([A-Za-z0-9+/]+={0,2})$/;
const encrypted = z.object({ data: z.object({ ciphertext: z.string().regex(CIPHERTEXT) }) });
const decrypted = z.object({ data: z.object({ plaintext: z.base64() }) });
const hmac = z.object({ data: z.object({ hmac: z.string().regex(/^vault:v1:[A-Za-z0-9+/]{43}=$/) }) });
const capabilities = z.object({ capabilities: z.array(z.string()) });

export interface Ciphertext {
  readonly version: number;
  /** Nonce, ciphertext, tag. */
  readonly bytes: Uint8Array;
}

export type Decrypted =
  | { readonly kind: "plain"; readonly bytes: Uint8Array }
  /** Not what this version of the key encrypted with this associated data; or no such version was ever made. */
  | { readonly kind: "damaged" }
  | { readonly kind: "too_old" }
  | { readonly kind: "no_key" };

/** What Vault adds to a plaintext: the nonce and the tag. */
const OVERHEAD = 28;
const NO_KEY = "encryption key not found";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

export function createTransit(place: VaultPlace, session: Session) {
  const at = (verb: string, name: string, rest = ""): string => `${place.transitMount}/${verb}/${name}${rest}`;
  const post = (path: string, body: Asked["body"] = {}, repeatable = true): Promise<Answered> =>
    session({ method: "POST", path, body, repeatable });

  function parsed<T>(schema: z.ZodType<T>, answer: Answered): T {
    const found = schema.safeParse(answer.kind === "ok" ? answer.body : null);
    // INVARIANT: what is not exactly an answer is none. No cause: a message of the parser may repeat a key.
    if (!found.success) throw vaultLost(place, "answered otherwise than its API does");
    return found.data;
  }

  function done(answer: Answered): void {
    if (answer.kind !== "ok") throw vaultLost(place, "refused to change a key");
  }

  async function key(name: string): Promise<TransitKey | null> {
    const answer = await session({ method: "GET", path: at("keys", name), repeatable: true });
    return answer.kind === "absent" ? null : parsed(keyAnswer, answer).data;
  }

  return {
    key,
    /** Of every key of the engine, ours or not. */
    async names(): Promise<readonly string[]> {
      const answer = await session({ method: "GET", path: `${place.transitMount}/keys?list=true`, repeatable: true });
      return answer.kind === "absent" ? [] : parsed(listAnswer, answer).data.keys;
    },
    /** Where there is none. Somebody else's, which could be exported or is of another kind, is not used. */
    async create(name: string): Promise<void> {
      done(
        await post(at("keys", name), { type: TYPE, derived: false, exportable: false, allow_plaintext_backup: false }),
      );
      const made = await key(name);
      if (made === null || made.type !== TYPE || made.derived || made.exportable)
        throw vaultLost(
          place,
          "has a key of this name that is not one of ours: it can be exported, or is of another kind",
        );
    },
    async remove(name: string): Promise<void> {
      if ((await key(name)) === null) return;
      // What these two answer matters less than what is there afterwards: an answer that was lost is asked for again, and finds no key.
      await post(at("keys", name, "/config"), { deletion_allowed: true });
      await session({ method: "DELETE", path: at("keys", name), repeatable: true });
      if ((await key(name)) !== null) throw vaultLost(place, "did not delete a key");
    },
    /** One version more, each time. */
    async rotate(name: string): Promise<void> {
      done(await post(at("keys", name, "/rotate"), {}, false));
    },
    /** Final: the versions before `first` are gone from Vault. */
    async trim(name: string, first: number): Promise<void> {
      done(await post(at("keys", name, "/config"), { min_decryption_version: first, min_encryption_version: first }));
      done(await post(at("keys", name, "/trim"), { min_available_version: first }));
    },
    /** null: no such key. */
    async encrypt(name: string, plain: Uint8Array, associated: Uint8Array): Promise<Ciphertext | null> {
      const answer = await post(at("encrypt", name), { plaintext: base64(plain), associated_data: base64(associated) });
      if (answer.kind === "refused" && answer.errors.includes(NO_KEY)) return null;
      const [, version = "", text = ""] = CIPHERTEXT.exec(parsed(encrypted, answer).data.ciphertext) ?? [];
      const bytes = Buffer.from(text, "base64");
      if (bytes.length !== plain.length + OVERHEAD) throw vaultLost(place, "answered otherwise than its API does");
      return { version: Number(version), bytes };
    },
    async decrypt(name: string, { version, bytes }: Ciphertext, associated: Uint8Array): Promise<Decrypted> {
      const answer = await post(at("decrypt", name), {
        ciphertext: `vault:v${version}:${base64(bytes)}`,
        associated_data: base64(associated),
      });
      if (answer.kind === "refused") {
        const [said, ...more] = answer.errors;
        // Exactly these: on any other sentence we know nothing, and say so.
        if (more.length === 0 && said === NO_KEY) return { kind: "no_key" };
        if (more.length === 0 && said === "cipher: message authentication failed") return { kind: "damaged" };
        if (more.length === 0 && said === "invalid ciphertext: version is too new") return { kind: "damaged" };
        if (more.length === 0 && said === "ciphertext or signature version is disallowed by policy (too old)")
          return { kind: "too_old" };
      }
      const plain = Buffer.from(parsed(decrypted, answer).data.plaintext, "base64");
      if (plain.length !== bytes.length - OVERHEAD) throw vaultLost(place, "answered otherwise than its API does");
      return { kind: "plain", bytes: plain };
    },
    /** Under the first version for ever: the same bytes, as long as it is the same key. */
    hmac: async (name: string, input: string): Promise<string> =>
      parsed(
        hmac,
        await post(at("hmac", name), { input: base64(Buffer.from(input)), algorithm: "sha2-256", key_version: 1 }),
      ).data.hmac,
    /** What this token may do to an encryption under `name`. */
    mayEncrypt: async (name: string): Promise<readonly string[]> =>
      parsed(capabilities, await post("sys/capabilities-self", { paths: [at("encrypt", name)] })).capabilities,
  };
}
export type Transit = ReturnType<typeof createTransit>;
