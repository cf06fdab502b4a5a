// A process of its own, to be killed: takes one job, says so, and never finishes it.
import { startWorkers } from "#platform/jobs";

await startWorkers({
  url: process.env["WORKER_URL"] ?? "",
  pollIntervalMs: 100,
  handlers: {
    hang: () => {
      process.stdout.write("took it\n");
      return new Promise(() => {});
    },
  },
});
