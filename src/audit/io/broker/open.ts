import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { KEY_FILE, openKeyDirectory } from "./key-directory.ts";
import { createSigner, type Broker } from "./sign.ts";
import { openCheckpointStore } from "../checkpoint-store.ts";

export interface OpenBroker {
  readonly broker: Broker;
  close(): void;
}

/** Key and store of one directory, both made on first use. `base`: AUDIT_ORIGIN; null keeps what the directory has. */
export function openBroker(directory: string, base: string | null): OpenBroker {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // The memory before the key: what a crash leaves between the two is a memory without a key, which has signed nothing.
  const memory = existsSync(join(directory, KEY_FILE)) ? "kept" : "new";
  const store = openCheckpointStore(join(directory, "checkpoints.sqlite"), memory);
  try {
    const keys = openKeyDirectory(directory, base);
    return { broker: createSigner({ keys, store }), close: () => store.close() };
  } catch (error) {
    store.close();
    throw error;
  }
}
