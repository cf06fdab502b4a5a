import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openKeyDirectory } from "./key-directory.ts";
import { createSigner, type Broker } from "./sign.ts";
import { openCheckpointStore } from "../checkpoint-store.ts";

export interface OpenBroker {
  readonly broker: Broker;
  close(): void;
}

/** Key and store of one directory, both made on first use. `base`: AUDIT_ORIGIN; null keeps what the directory has. */
export function openBroker(directory: string, base: string | null): OpenBroker {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const keys = openKeyDirectory(directory, base);
  const store = openCheckpointStore(join(directory, "checkpoints.sqlite"));
  return { broker: createSigner({ keys, store }), close: () => store.close() };
}
