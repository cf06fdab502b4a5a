// The documented part of Vault's transit engine that Countersign uses, strictly: a path, verb, field or token that the real one would refuse is refused.
// API: https://developer.hashicorp.com/vault/api-docs/secret/transit

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly namespace: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}
export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes out as it is. */
  readonly body?: unknown;
}
/** Instead of Vault's own answer. `hang`: never; `endless`: a body without end; `drop`: the connection ends. */
export type Interference = Said | "hang" | "endless" | "drop" | null;

interface Key {
  readonly type: string;
  readonly exportable: boolean;
  /** By version from 1 on; null: trimmed. */
  readonly versions: { key: Buffer | null; readonly hmac: Buffer; readonly made: number }[];
  minDecryption: number;
  minEncryption: number;
  minAvailable: number;
  deletionAllowed: boolean;
}

/** What a test turns. */
interface Held {
  sealed: boolean;
  readonly tokens: Set<string>;
  /** null: no AppRole method is mounted. */
  appRole: { readonly roleId: string; readonly secretId: string; readonly leaseSeconds: number } | null;
  capabilities: readonly string[];
  interfere: (request: Seen) => Interference;
  /** After Vault has done it: the answer is lost on the way. */
  swallow: (request: Seen) => boolean;
}

const no = (...errors: string[]): Said => ({ status: 400, body: { errors } });
const absent: Said = { status: 404, body: { errors: [] } };
const forbidden: Said = { status: 403, body: { errors: ["permission denied"] } };
const done: Said = { status: 204 };
const data = (value: unknown): Said => ({ status: 200, body: { request_id: "r", lease_id: "", data: value } });

const bytes = z.base64().transform((text) => Buffer.from(text, "base64"));
const FIELDS = {
  keys: z.strictObject({
    type: z.string(),
    derived: z.literal(false).optional(),
    exportable: z.boolean().optional(),
    allow_plaintext_backup: z.boolean().optional(),
  }),
  config: z.strictObject({
    deletion_allowed: z.boolean().optional(),
    min_decryption_version: z.int().optional(),
    min_encryption_version: z.int().optional(),
  }),
  trim: z.strictObject({ min_available_version: z.int().positive() }),
  encrypt: z.strictObject({ plaintext: bytes, associated_data: bytes.optional() }),
  decrypt: z.strictObject({ ciphertext: z.string(), associated_data: bytes.optional() }),
  hmac: z.strictObject({ input: bytes, algorithm: z.literal("sha2-256"), key_version: z.int().positive() }),
  paths: z.strictObject({ paths: z.array(z.string()).min(1) }),
  login: z.strictObject({ role_id: z.string(), secret_id: z.string() }),
};

export async function startVault(options: { readonly mount?: string; readonly namespace?: string } = {}) {
  const mount = options.mount ?? "transit";
  const keys = new Map<string, Key>();
  const seen: Seen[] = [];
  const held: Held = {
    sealed: false,
    tokens: new Set(["the-token"]),
    appRole: null,
    capabilities: ["update"],
    interfere: () => null,
    swallow: () => false,
  };

  function newVersion(key: Key): void {
    key.versions.push({ key: randomBytes(32), hmac: randomBytes(32), made: key.versions.length });
  }

  function onKey(name: string, request: Seen): Said {
    const key = keys.get(name);
    switch (request.method) {
      case "GET":
        return key === undefined ? absent : data(described(name, key));
      case "DELETE":
        if (key === undefined) return no(`error deleting policy ${name}: could not delete key; not found`);
        if (!key.deletionAllowed) return no(`error deleting policy ${name}: deletion is not allowed for this key`);
        keys.delete(name);
        return done;
      default: {
        const asked = FIELDS.keys.parse(request.body);
        if (key !== undefined) return data(described(name, key));
        const made: Key = { type: asked.type, exportable: asked.exportable ?? false, versions: [], minDecryption: 1, minEncryption: 0, minAvailable: 0, deletionAllowed: false }; // prettier-ignore
        newVersion(made);
        keys.set(name, made);
        return data(described(name, made));
      }
    }
  }

  const described = (name: string, key: Key): Readonly<Record<string, unknown>> => ({
    name,
    type: key.type,
    derived: false,
    exportable: key.exportable,
    allow_plaintext_backup: false,
    deletion_allowed: key.deletionAllowed,
    latest_version: key.versions.length,
    min_available_version: key.minAvailable,
    min_decryption_version: key.minDecryption,
    min_encryption_version: key.minEncryption,
    keys: Object.fromEntries(
      key.versions.flatMap(({ made }, i) => (i + 1 < key.minDecryption ? [] : [[String(i + 1), made]])),
    ),
  });

  function configure(key: Key, body: unknown): Said {
    const asked = FIELDS.config.parse(body);
    const decryption = asked.min_decryption_version ?? key.minDecryption;
    const encryption = asked.min_encryption_version ?? key.minEncryption;
    const latest = key.versions.length;
    if (decryption < 1 || decryption > latest) return no(`cannot set min decryption version of ${decryption}, latest key version is ${latest}`); // prettier-ignore
    if (encryption > latest) return no(`cannot set min encryption version of ${encryption}, latest key version is ${latest}`); // prettier-ignore
    if (encryption > 0 && encryption < decryption) return no(`cannot set min encryption/decryption values`);
    Object.assign(key, { minDecryption: decryption, minEncryption: encryption });
    key.deletionAllowed = asked.deletion_allowed ?? key.deletionAllowed;
    return done;
  }

  function trim(key: Key, body: unknown): Said {
    const to = FIELDS.trim.parse(body).min_available_version;
    if (key.minEncryption === 0) return no("minimum available version cannot be set when minimum encryption version is not set"); // prettier-ignore
    if (to > key.minEncryption || to > key.minDecryption || to < key.minAvailable) return no("minimum available version cannot be that"); // prettier-ignore
    key.minAvailable = to;
    for (const version of key.versions.slice(0, to - 1)) version.key = null;
    return done;
  }

  function encrypt(key: Key | undefined, body: unknown): Said {
    if (key === undefined) return no("encryption key not found");
    const asked = FIELDS.encrypt.parse(body);
    const secret = key.versions.at(-1)?.key;
    if (secret === null || secret === undefined) return { status: 500, body: { errors: ["no key"] } };
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", secret, nonce).setAAD(asked.associated_data ?? Buffer.alloc(0));
    const text = Buffer.concat([nonce, cipher.update(asked.plaintext), cipher.final(), cipher.getAuthTag()]);
    const version = key.versions.length;
    return data({ ciphertext: `vault:v${version}:${text.toString("base64")}`, key_version: version });
  }

  function decrypt(key: Key | undefined, body: unknown): Said {
    if (key === undefined) return no("encryption key not found");
    const asked = FIELDS.decrypt.parse(body);
    const [, number = "", text = ""] = /^vault:v(\d+):(.+)$/.exec(asked.ciphertext) ?? [];
    if (text === "") return no("invalid ciphertext: no prefix");
    const version = Number(number);
    if (version > key.versions.length) return no("invalid ciphertext: version is too new");
    if (version < key.minDecryption) return no("ciphertext or signature version is disallowed by policy (too old)");
    const secret = key.versions[version - 1]?.key;
    if (secret === null || secret === undefined) return { status: 500, body: { errors: ["no key"] } };
    const sealed = Buffer.from(text, "base64");
    if (sealed.length < 28) return no("invalid ciphertext: too short");
    try {
      const decipher = createDecipheriv("aes-256-gcm", secret, sealed.subarray(0, 12))
        .setAAD(asked.associated_data ?? Buffer.alloc(0))
        .setAuthTag(sealed.subarray(-16));
      const plain = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
      return data({ plaintext: plain.toString("base64") });
    } catch {
      return no("cipher: message authentication failed");
    }
  }

  function transit(verb: string, name: string, rest: string, request: Seen): Said {
    const key = keys.get(name);
    if (verb === "keys" && rest === "") return onKey(name, request);
    if (request.method !== "POST") return { status: 405, body: { errors: ["unsupported operation"] } };
    if (verb === "encrypt") return encrypt(key, request.body);
    if (verb === "decrypt") return decrypt(key, request.body);
    if (key === undefined) return no(`no existing key named ${name} could be found`);
    if (verb === "hmac") {
      const asked = FIELDS.hmac.parse(request.body);
      const secret = key.versions[asked.key_version - 1]?.hmac ?? Buffer.alloc(0);
      const mac = createHmac("sha256", secret).update(asked.input).digest("base64");
      return data({ hmac: `vault:v${asked.key_version}:${mac}` });
    }
    if (rest === "config") return configure(key, request.body);
    if (rest === "trim") return trim(key, request.body);
    if (rest !== "rotate") return absent;
    newVersion(key);
    return data(described(name, key));
  }

  function login(request: Seen): Said {
    if (held.appRole === null) return { status: 404, body: { errors: ["no handler for route"] } };
    const asked = FIELDS.login.parse(request.body);
    if (asked.role_id !== held.appRole.roleId || asked.secret_id !== held.appRole.secretId)
      return no("invalid role or secret ID");
    const token = `hvs.${randomBytes(12).toString("hex")}`;
    held.tokens.add(token);
    return { status: 200, body: { auth: { client_token: token, lease_duration: held.appRole.leaseSeconds } } };
  }

  function answer(request: Seen): Said {
    if (held.sealed) return { status: 503, body: { errors: ["Vault is sealed"] } };
    if (request.namespace !== (options.namespace ?? null))
      return { status: 404, body: { errors: ["no handler for route"] } };
    try {
      if (request.method === "POST" && request.path === "auth/approle/login") return login(request);
      if (request.token === null || !held.tokens.has(request.token)) return forbidden;
      if (request.method === "POST" && request.path === "sys/capabilities-self") {
        FIELDS.paths.parse(request.body);
        return { status: 200, body: { capabilities: held.capabilities } };
      }
      if (request.method === "GET" && request.path === `${mount}/keys?list=true`)
        return keys.size === 0 ? absent : data({ keys: [...keys.keys()].toSorted() });
      const below = request.path.startsWith(`${mount}/`) ? request.path.slice(mount.length + 1) : "";
      const [, verb = "", name = "", rest = ""] =
        /^(keys|encrypt|decrypt|hmac)\/([A-Za-z0-9_-]+)(?:\/(config|rotate|trim))?$/.exec(below) ?? [];
      return name === ""
        ? { status: 404, body: { errors: ["no handler for route"] } }
        : transit(verb, name, rest, request);
    } catch (error) {
      if (error instanceof z.ZodError) return no(error.message);
      throw error;
    }
  }

  async function read(incoming: IncomingMessage): Promise<Seen> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString("utf8");
    const header = (name: string): string | null => [incoming.headers[name]].flat()[0] ?? null;
    return {
      method: incoming.method ?? "",
      path: (incoming.url ?? "").replace(/^\/v1\//, ""),
      token: header("x-vault-token"),
      namespace: header("x-vault-namespace"),
      body: text === "" ? {} : z.record(z.string(), z.unknown()).parse(JSON.parse(text)),
    };
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await read(incoming);
    seen.push(request);
    const given = held.interfere(request);
    if (given === "hang") return;
    if (given === "drop") return void incoming.socket.destroy();
    if (given === "endless") {
      outgoing.writeHead(200, { "content-type": "application/json" });
      while (!outgoing.destroyed) {
        outgoing.write(" ".repeat(65_536));
        await pause(0);
      }
      return;
    }
    const said = given ?? answer(request);
    if (given === null && held.swallow(request)) return void incoming.socket.destroy();
    outgoing.writeHead(said.status, { "content-type": "application/json", ...said.headers });
    outgoing.end(typeof said.body === "string" || said.body === undefined ? said.body : JSON.stringify(said.body));
  }
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const port = z.object({ port: z.number() }).parse(server.address()).port;

  return {
    address: `http://127.0.0.1:${port}`,
    mount,
    keys,
    seen,
    held,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
export type FakeVault = Awaited<ReturnType<typeof startVault>>;
