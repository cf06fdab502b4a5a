// One file of a spool: lines of canonical JSON, each with the hash of the one before it, each on the disk before it counts.

import { hash } from "node:crypto";
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { entryId, instant, tenantId } from "#kernel";
import { branded } from "#platform/postgres";
import { canonicalBytes } from "#verifier";
import { OUTCOMES, PARTY_TYPES, STOP_KINDS } from "../types.ts";

const party = z.strictObject({ type: z.enum(PARTY_TYPES), id: z.string() });
const line = z.strictObject({
  v: z.literal(1),
  /** SHA-256 of the line before, lower-case hexadecimal; zeros for the first. */
  prev: z.string().regex(/^[0-9a-f]{64}$/),
  tenant: branded(z.string(), tenantId),
  id: branded(z.string(), entryId),
  at: branded(z.string(), instant),
  kind: z.enum(STOP_KINDS),
  outcome: z.enum(OUTCOMES),
  observer: party,
  initiator: party,
  target: party,
  requestId: z.string(),
  intent: branded(z.string(), entryId).optional(),
  /** The body under the tenant's key, base64; null: the key store did not answer either. */
  sealed: z.base64().nullable(),
});
export type SpoolLine = z.output<typeof line>;
export type NewSpoolLine = Omit<z.input<typeof line>, "prev" | "v">;

const FIRST = "0".repeat(64);
const hashOf = (text: string): string => hash("sha256", text, "hex");

/**
 * Resolves once the line is on the disk. `prev` is what the call before gave, null for the first of a new file.
 * Gives null when somebody took the file to drain it: then the line belongs into a new one.
 */
export async function appendLine(path: string, prev: string | null, given: NewSpoolLine): Promise<string | null> {
  const { intent, ...rest } = given;
  const members = { ...rest, v: 1, prev: prev ?? FIRST, ...(intent === undefined ? {} : { intent }) };
  const text = Buffer.from(canonicalBytes(members)).toString("utf8");
  const begin = prev === null ? constants.O_CREAT | constants.O_EXCL : 0;
  const file = await open(path, constants.O_WRONLY | constants.O_APPEND | begin, 0o600).catch((error: unknown) => {
    if (prev !== null && error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (file === null) return null;
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  if (prev === null) await syncDirectory(dirname(path));
  // Taken between opening and writing: whoever drains it may have read it before this line was there.
  return (await isThere(path)) ? hashOf(text) : null;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export interface ReadSpool {
  readonly lines: readonly SpoolLine[];
  /** Lines that cannot be read, or do not follow the one before them: somebody has edited the file. */
  readonly damaged: number;
}

/** An unfinished last line was never acknowledged, and is none. */
export function readLines(text: string): ReadSpool {
  const lines: SpoolLine[] = [];
  let damaged = 0;
  let prev = FIRST;
  for (const each of text.split("\n").slice(0, -1)) {
    const parsed = line.safeParse(parseJson(each));
    if (!parsed.success || parsed.data.prev !== prev) damaged += 1;
    // Entered all the same: a stop that may be true is worth more than a tidy log.
    if (parsed.success) lines.push(parsed.data);
    prev = hashOf(each);
  }
  return { lines, damaged };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
