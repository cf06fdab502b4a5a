export { createApprovals } from "./approvals.ts";
export { approvalHandlers, approvalsWorld, sweepApprovals } from "./sweep.ts";
export type { TellDeps } from "./tell.ts";
export type { Approvals, ApprovalsDeps, Decision, Proposal, StepUp, StepUpAsked, Used } from "./types.ts";
export {
  isAddress,
  isSlackId,
  reachAsOperator,
  setReach,
  type Reach,
  type ReachAccess,
  type SetReach,
} from "./reach.ts";
