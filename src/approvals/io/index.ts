export type { Approvals, ApprovalsDeps, Decision, StepUp, StepUpAsked } from "./types.ts";
