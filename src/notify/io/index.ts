export { claimDue, createDelivery } from "./deliver.ts";
export { createTell } from "./tell.ts";
export { noticeWorld } from "./world.ts";
export type { NotifyDeps, Step } from "./deps.ts";
