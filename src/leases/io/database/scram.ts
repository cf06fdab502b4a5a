import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

const ITERATIONS = 4096;

/**
 * What PostgreSQL keeps of a password (RFC 5803, as in pg_authid): sent instead of it, so that the password is in no statement, and
 * hence in no log and no statistics of the server. `password`: ASCII.
 */
export function scramVerifier(password: string, salt: Uint8Array = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const keyed = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(keyed("Client Key")).digest("base64");
  const parts = [`${ITERATIONS}:${Buffer.from(salt).toString("base64")}`, `${stored}:${keyed("Server Key").toString("base64")}`]; // prettier-ignore
  return ["SCRAM-SHA-256", ...parts].join("$");
}
