import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Fault } from "#kernel";
import { ED25519, formatVkey, hex, isKeyName, parseVkey, type NoteKey } from "#verifier";
import { openCheckpointStore } from "../checkpoint-store.ts";
import { readIfThere, writeDurably } from "../durable-file.ts";
import { rawPublicKey } from "../ed25519.ts";
import { makeKey, readKey } from "../key-file.ts";
import { sha256 } from "../sha256.ts";
import { createKeeper, type Keeper } from "./keeper.ts";

export interface WitnessPlace {
  readonly directory: string;
  /** null: the one kept in the directory, or on first use this machine's name and eight digits of the key. */
  readonly name: string | null;
  /** Verifier keys of the logs, as their operators publish them. */
  readonly logs: readonly string[];
}

export interface OpenWitness {
  readonly keeper: Keeper;
  readonly vkey: string;
  readonly origins: readonly string[];
  close(): void;
}

/** Key and memory of one directory, made on first use. Without the memory a witness would cosign a second past: keep it. */
export function openWitness(place: WitnessPlace, clock: () => number): OpenWitness {
  const logs = place.logs.map(logKey);
  mkdirSync(place.directory, { recursive: true, mode: 0o700 });
  const file = join(place.directory, "witness-key.pem");
  const known = readKey(file);
  // The memory before the key: what a crash leaves between the two has cosigned nothing.
  const store = openCheckpointStore(join(place.directory, "witness.sqlite"), known === null ? "new" : "kept");
  const key = known ?? makeKey(file);
  const name = nameIn(place, hex(sha256(rawPublicKey(key))).slice(0, 8));
  const keeper = createKeeper({ name, key, logs, store, clock });
  return {
    keeper,
    vkey: formatVkey(sha256, keeper.key),
    origins: logs.map((log) => log.name),
    close: () => store.close(),
  };
}

function logKey(vkey: string): NoteKey {
  const key = parseVkey(sha256, vkey);
  if (key !== null && key.type === ED25519) return key;
  throw new Fault(
    "config_invalid",
    `${vkey} is no verifier key of a log. Copy it whole from \`countersign audit key show\`: NAME+8 digits+base64.`,
  );
}

function nameIn({ directory, name }: WitnessPlace, digits: string): string {
  const file = join(directory, "name");
  const kept = readIfThere(file)?.trim() ?? null;
  if (name !== null && !isKeyName(name))
    throw new Fault("config_invalid", `${name} cannot be a witness's name: no white space, no plus sign.`);
  if (kept !== null && name !== null && name !== kept)
    throw new Fault("config_invalid", `This witness is called ${kept}, and policies name it so. Leave --name out.`);
  if (kept !== null) return kept;
  const made = name ?? `${hostname().replaceAll(/[\s+]/g, "-")}/${digits}`;
  writeDurably(file, `${made}\n`);
  return made;
}
