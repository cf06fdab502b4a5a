export { decide, REJECTIONS, type ApprovalFact, type PacketFacts, type Rejection, type Ruling } from "./decide.ts";
export { furthest } from "./clock.ts";
export type { Bench, HeldLease, ToolAnswer, ToolWork } from "./work.ts";
