// A broker that kills itself between the store's write and its answer: node broker-process.ts DIRECTORY SOCKET
// [after-swap | before-swap]

import { join } from "node:path";
import type { CheckpointStore } from "#audit";
import { createSigner } from "../../../src/audit/io/broker/sign.ts";
import { openKeyDirectory } from "../../../src/audit/io/broker/key-directory.ts";
import { openCheckpointStore } from "../../../src/audit/io/checkpoint-store.ts";
import { serveBroker } from "#audit/io";

const [directory = "", socket = "", when = ""] = process.argv.slice(2);
const keys = openKeyDirectory(directory, "log.example");
const real = openCheckpointStore(join(directory, "checkpoints.sqlite"), "new");
const store: CheckpointStore = {
  read: (origins) => real.read(origins),
  async swap(swaps) {
    if (when === "before-swap") process.kill(process.pid, "SIGKILL");
    const done = await real.swap(swaps);
    if (when === "after-swap") process.kill(process.pid, "SIGKILL");
    return done;
  },
};
await serveBroker(createSigner({ keys, store }), socket, { onFault: (error) => console.error(error) });
console.log("ready");
