// The log's private key, as files that only the broker opens: log-key.pem, and while a rotation is under way next-key.pem
// with the number of the epoch that announces it.

import type { KeyObject } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Fault } from "#kernel";
import { hex } from "#verifier";
import { rawPublicKey } from "../ed25519.ts";
import { sha256 } from "../sha256.ts";
import { readIfThere, syncDirectory, writeDurably } from "../durable-file.ts";
import { makeKey, readKey } from "../key-file.ts";

export interface NextKey {
  readonly key: KeyObject;
  /** The epoch whose leaf announces it; null until one was named. */
  readonly epoch: number | null;
}

export interface KeyDirectory {
  /** `<base>` of every origin; fixed for the life of the directory, since auditors pin it. */
  readonly base: string;
  current(): KeyObject;
  next(): NextKey | null;
  /** Makes the next key unless there is one. */
  prepare(): NextKey;
  announce(epoch: number): void;
  /** The next key takes the place of the current one, whose bytes are overwritten. */
  complete(): void;
}

const PRIVATE = 0o700;
export const KEY_FILE = "log-key.pem";

/** `base` null: the one kept here, or on first use a name of this machine's own. */
export function openKeyDirectory(directory: string, base: string | null): KeyDirectory {
  mkdirSync(directory, { recursive: true, mode: PRIVATE });
  const file = (name: string): string => join(directory, name);
  const current = file(KEY_FILE);
  const next = file("next-key.pem");
  const epoch = file("next-key.epoch");
  if ((statSync(directory).mode & 0o077) !== 0) chmodSync(directory, PRIVATE);

  let key = readKey(current) ?? makeKey(current);
  let following = readNext();
  const kept = keptBase(file("origin"), base, key);

  function readNext(): NextKey | null {
    const found = readKey(next);
    const text = readIfThere(epoch);
    if (found === null) {
      // What a crash left between the two steps of `complete`.
      if (text !== null) rmSync(epoch);
      return null;
    }
    return { key: found, epoch: text === null ? null : Number(text) };
  }

  return {
    base: kept,
    current: () => key,
    next: () => following,
    prepare: () => (following ??= { key: makeKey(next), epoch: null }),
    announce(number) {
      if (following === null) throw new Fault("invariant_broken", "There is no next key to announce.");
      writeDurably(epoch, String(number));
      following = { ...following, epoch: number };
    },
    complete() {
      if (following === null) throw new Fault("invariant_broken", "There is no next key to take over.");
      const old = openSync(current, "r+");
      try {
        renameSync(next, current);
        syncDirectory(directory);
        writeSync(old, Buffer.alloc(fstatSync(old).size));
        fsyncSync(old);
      } finally {
        closeSync(old);
      }
      rmSync(epoch, { force: true });
      key = following.key;
      following = null;
    },
  };
}

function keptBase(path: string, wanted: string | null, key: KeyObject): string {
  const kept = readIfThere(path)?.trim() ?? null;
  if (kept === null) {
    const made = wanted ?? `localhost/${hex(sha256(rawPublicKey(key))).slice(0, 8)}`;
    writeDurably(path, `${made}\n`);
    return made;
  }
  if (wanted !== null && wanted !== kept)
    throw new Fault(
      "config_invalid",
      `AUDIT_ORIGIN is ${wanted}, but this log is called ${kept}, and auditors know it by that name. Unset AUDIT_ORIGIN, or begin another log with another BROKER_DIR.`,
    );
  return kept;
}
