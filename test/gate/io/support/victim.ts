// A process of its own that runs one job and is killed in the middle of it, as by the kernel: no handler, no rollback, no
// goodbye. Reads its orders from standard input.

import { z } from "zod";
import { gateHandlers } from "#gate/io";
import { enqueue } from "#platform/jobs";
import { openVictim } from "../../../support/victim.ts";

const {
  step: fatal,
  more: { task, payload },
  database,
  append,
  github,
  kill,
} = await openVictim({ task: z.string(), payload: z.unknown() });
const handlers = gateHandlers({
  database,
  github,
  enqueue,
  append,
  spool: () => Promise.reject(new Error("the log is up")),
  sequenced: async () => true,
  crash: (step) => {
    if (step === fatal) kill();
  },
});
await handlers[task]?.(payload, new AbortController().signal);
// Reached only when the step never came.
process.exit(3);
