export { createApprovals } from "./approvals.ts";
export type { Approvals, ApprovalsDeps, Decision, StepUp, StepUpAsked, Used } from "./types.ts";
