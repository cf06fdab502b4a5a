// What was verified last, on the auditor's own disk.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { sha256 } from "#audit/io";
import { formatHeld, formatVkey, parseHeld, type Held, type NoteKey } from "#verifier";

/** INVARIANT: found by the origin and key that the auditor named, never by anything a server said (CVE-2022-39199). */
function stateFile(key: NoteKey, directory: string | undefined): string {
  const name = createHash("sha256").update(formatVkey(sha256, key)).digest("hex").slice(0, 32);
  const state = process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state");
  return join(directory ?? join(state, "countersign", "audit"), `${name}.json`);
}

export type ReadState =
  | { readonly kind: "held"; readonly held: Held }
  | { readonly kind: "none" }
  /** Never taken for "no state": it is what shows that a log was rolled back. */
  | { readonly kind: "damaged"; readonly file: string };

export function readState(key: NoteKey, directory: string | undefined): ReadState {
  const file = stateFile(key, directory);
  try {
    const held = parseHeld(readFileSync(file, "utf8"));
    return held === null ? { kind: "damaged", file } : { kind: "held", held };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isMissing ? { kind: "none" } : { kind: "damaged", file };
  }
}

/** The file, or null when it could not be written. */
export function writeState(key: NoteKey, directory: string | undefined, held: Held): string | null {
  const file = stateFile(key, directory);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, formatHeld(held), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return file;
  } catch {
    return null;
  }
}
