// The documented part of AWS KMS that Countersign uses, strictly: a field, state or alias that the real one would refuse is refused.
// API: https://docs.aws.amazon.com/kms/latest/APIReference/

import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { z } from "zod";

interface Key {
  readonly id: string;
  readonly description: string;
  readonly secret: Buffer;
  state: "Enabled" | "Disabled" | "PendingDeletion";
}

export interface AwsDouble {
  readonly endpoint: string;
  /** As they came: the operation, and who signed it. */
  readonly seen: { readonly operation: string; readonly body: unknown; readonly authorization: string }[];
  /** Every key whose waiting time is over is gone, with its aliases. */
  pass(days: number): void;
  close(): Promise<void>;
}

class No extends Error {}
const no = (name: string): never => {
  throw new No(name);
};
const keyId = z.strictObject({ KeyId: z.string() });
const context = z.record(z.string(), z.string());
const alias = z.strictObject({
  AliasName: z.string().regex(/^alias\/(?!aws\/)[a-zA-Z0-9/_-]{1,250}$/),
  TargetKeyId: z.string(),
});

export async function startAwsKms(): Promise<AwsDouble> {
  const keys = new Map<string, Key>();
  const aliases = new Map<string, string>();
  const seen: AwsDouble["seen"] = [];
  const arn = (id: string): string => `arn:aws:kms:eu-central-1:111122223333:key/${id}`;
  const found = (idOrAlias: string): Key =>
    keys.get(idOrAlias.startsWith("alias/") ? (aliases.get(idOrAlias) ?? "") : idOrAlias) ?? no("NotFoundException");
  /** Some operations take no alias. */
  const byId = (id: string): Key => (id.startsWith("alias/") ? no("InvalidArnException") : found(id));
  const usable = (key: Key): Key =>
    key.state === "Disabled"
      ? no("DisabledException")
      : key.state === "PendingDeletion"
        ? no("KMSInvalidStateException")
        : key;
  const bound = (given: Readonly<Record<string, string>>): Buffer =>
    Buffer.from(JSON.stringify(Object.entries(given).toSorted(([a], [b]) => (a < b ? -1 : 1))));
  const changed = (id: string, to: Key["state"]): object => {
    const key = byId(id);
    if (key.state === "PendingDeletion") no("KMSInvalidStateException");
    key.state = to;
    return {};
  };

  const OPERATIONS: Readonly<Record<string, (body: unknown) => object>> = {
    CreateKey(body) {
      const { Description: description } = z
        .strictObject({
          Description: z.string().max(8192),
          KeySpec: z.literal("SYMMETRIC_DEFAULT"),
          KeyUsage: z.literal("ENCRYPT_DECRYPT"),
          Tags: z.array(z.strictObject({ TagKey: z.string(), TagValue: z.string().max(256) })),
        })
        .parse(body);
      const id = randomUUID();
      keys.set(id, { id, description, secret: randomBytes(32), state: "Enabled" });
      return { KeyMetadata: { KeyId: id, Arn: arn(id), Description: description, KeyState: "Enabled" } };
    },
    DescribeKey(body) {
      const { id, description, state } = found(keyId.parse(body).KeyId);
      return { KeyMetadata: { KeyId: id, Arn: arn(id), Description: description, KeyState: state } };
    },
    CreateAlias(body) {
      const given = alias.parse(body);
      if (aliases.has(given.AliasName)) no("AlreadyExistsException");
      if (byId(given.TargetKeyId).state === "PendingDeletion") no("KMSInvalidStateException");
      aliases.set(given.AliasName, given.TargetKeyId);
      return {};
    },
    UpdateAlias(body) {
      const given = alias.parse(body);
      if (!aliases.has(given.AliasName)) no("NotFoundException");
      if (byId(given.TargetKeyId).state === "PendingDeletion") no("KMSInvalidStateException");
      aliases.set(given.AliasName, given.TargetKeyId);
      return {};
    },
    ListAliases(body) {
      const { Marker: marker } = z.strictObject({ Limit: z.literal(100), Marker: z.string().optional() }).parse(body);
      const from = marker === undefined ? 0 : Number(marker);
      const all = [...aliases].map(([AliasName, TargetKeyId]) => ({ AliasName, TargetKeyId }));
      const [next, size] = [from + 2, all.length];
      return {
        Aliases: all.slice(from, next),
        Truncated: next < size,
        ...(next < size ? { NextMarker: `${next}` } : {}),
      };
    },
    DisableKey: (body) => changed(keyId.parse(body).KeyId, "Disabled"),
    EnableKey: (body) => changed(keyId.parse(body).KeyId, "Enabled"),
    ScheduleKeyDeletion(body) {
      const given = z.strictObject({ KeyId: z.string(), PendingWindowInDays: z.int().min(7).max(30) }).parse(body);
      return changed(given.KeyId, "PendingDeletion");
    },
    Encrypt(body) {
      const given = z
        .strictObject({ KeyId: z.string(), Plaintext: z.base64(), EncryptionContext: context })
        .parse(body);
      const { id, secret } = usable(found(given.KeyId));
      const plain = Buffer.from(given.Plaintext, "base64");
      if (plain.length < 1 || plain.length > 4096) no("ValidationException");
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", secret, iv).setAAD(bound(given.EncryptionContext));
      const sealed = [Buffer.from(id), iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
      return { KeyId: arn(id), CiphertextBlob: Buffer.concat(sealed).toString("base64") };
    },
    Decrypt(body) {
      const given = z
        .strictObject({ KeyId: z.string(), CiphertextBlob: z.base64(), EncryptionContext: context })
        .parse(body);
      const { id, secret } = usable(found(given.KeyId));
      const blob = Buffer.from(given.CiphertextBlob, "base64");
      if (blob.length < 64) no("InvalidCiphertextException");
      const own = blob.subarray(0, 36).toString();
      if (own !== id) no(keys.has(own) ? "IncorrectKeyException" : "InvalidCiphertextException");
      try {
        const decipher = createDecipheriv("aes-256-gcm", secret, blob.subarray(36, 48))
          .setAAD(bound(given.EncryptionContext))
          .setAuthTag(blob.subarray(-16));
        const plain = Buffer.concat([decipher.update(blob.subarray(48, -16)), decipher.final()]);
        return { KeyId: arn(id), Plaintext: plain.toString("base64") };
      } catch {
        return no("InvalidCiphertextException");
      }
    },
  };

  const server = createServer((request, response) => {
    void (async () => {
      const body: unknown = await json(request);
      const operation = String(request.headers["x-amz-target"]).replace("TrentService.", "");
      const authorization = request.headers.authorization ?? "";
      seen.push({ operation, body, authorization });
      const answer = (status: number, said: object): void => {
        response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(said));
      };
      try {
        if (!authorization.startsWith("AWS4-HMAC-SHA256 ")) no("MissingAuthenticationTokenException");
        answer(200, (OPERATIONS[operation] ?? (() => no("UnknownOperationException")))(body));
      } catch (error) {
        answer(400, { __type: error instanceof No ? error.message : "ValidationException", message: "no" });
      }
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    seen,
    pass(days) {
      if (days < 7) return;
      for (const { id, state } of keys.values()) {
        if (state !== "PendingDeletion") continue;
        keys.delete(id);
        for (const [name, target] of aliases) if (target === id) aliases.delete(name);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
