export { enqueue } from "./enqueue.ts";
export * from "./types.ts";
export { startWorkers, type Problem } from "./workers.ts";
