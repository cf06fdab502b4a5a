// A passkey in software: what a browser's authenticator does, with knobs for what it must not do.

import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { z } from "zod";

export interface Authenticator {
  /** Answers `navigator.credentials.create`. */
  make(options: unknown, how?: Habits): unknown;
  /** Answers `navigator.credentials.get`. */
  sign(options: unknown, how?: Habits): unknown;
}

export interface Habits {
  /** Where the page is that asks. */
  readonly origin?: string;
  /** False: it did not check who holds it. */
  readonly verified?: boolean;
  /** Another one than the options have. */
  readonly challenge?: string;
}

const creation = z.object({ challenge: z.string(), rp: z.object({ id: z.string() }) });
const request = z.object({ challenge: z.string(), rpId: z.string() });
const sha256 = (data: Uint8Array | string): Buffer => createHash("sha256").update(data).digest();

/** Enough of CBOR (RFC 8949): unsigned and negative integers, byte and text strings, maps. */
function cbor(value: number | string | Uint8Array | ReadonlyMap<number | string, unknown>): Buffer {
  const head = (major: number, n: number): Buffer =>
    n < 24
      ? Buffer.from([(major << 5) | n])
      : n < 256
        ? Buffer.from([(major << 5) | 24, n])
        : Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
  if (typeof value === "number") return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.byteLength), value]);
  const parts = [...value].flatMap(([key, each]) => {
    if (typeof each === "number" || typeof each === "string" || each instanceof Uint8Array || each instanceof Map)
      return [cbor(key), cbor(each)];
    throw new Error("no CBOR for this");
  });
  return Buffer.concat([head(5, value.size), ...parts]);
}

export function authenticator(origin: string): Authenticator {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = randomBytes(32);
  let counter = 0;

  const data = (rp: string, verified: boolean, attested: Uint8Array): Buffer => {
    counter += 1;
    const flags = 0x01 | (verified ? 0x04 : 0) | (attested.byteLength > 0 ? 0x40 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([sha256(rp), Buffer.from([flags]), count, attested]);
  };
  const client = (type: string, challenge: string, at: string): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin: at, crossOrigin: false }));
  const answer = (response: Readonly<Record<string, unknown>>) => ({
    id: id.toString("base64url"),
    rawId: id.toString("base64url"),
    type: "public-key",
    response,
  });

  return {
    make(options, how = {}) {
      const { challenge, rp } = creation.parse(options);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.byteLength);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(pair.publicKey)]);
      const attestation = new Map<string, unknown>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", data(rp.id, how.verified ?? true, attested)],
      ]);
      return answer({
        clientDataJSON: client("webauthn.create", how.challenge ?? challenge, how.origin ?? origin).toString(
          "base64url",
        ),
        attestationObject: cbor(attestation).toString("base64url"),
        transports: ["internal"],
      });
    },
    sign(options, how = {}) {
      const { challenge, rpId } = request.parse(options);
      const clientData = client("webauthn.get", how.challenge ?? challenge, how.origin ?? origin);
      const authData = data(rpId, how.verified ?? true, new Uint8Array());
      const signature = sign("sha256", Buffer.concat([authData, sha256(clientData)]), pair.privateKey);
      return answer({
        clientDataJSON: clientData.toString("base64url"),
        authenticatorData: authData.toString("base64url"),
        signature: signature.toString("base64url"),
      });
    },
  };
}

/** COSE: EC2, ES256, P-256. */
function coseKey(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return cbor(
    new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, "base64url")],
      [-3, Buffer.from(y, "base64url")],
    ]),
  );
}
