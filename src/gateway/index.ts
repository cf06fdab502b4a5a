export * from "./types.ts";
export * from "./packet.ts";
export {
  argumentBytes,
  decidedBytes,
  KID,
  PACKET_BYTES,
  PACKET_MS,
  readPacket,
  signedText,
  type DecidedCall,
  type ReadPacket,
} from "./packet-bytes.ts";
export {
  problemsIn,
  type AskingFor,
  type LeaseNeed,
  type ReadCall,
  type ToolDeclaration,
  type Volume,
} from "./declaration.ts";
export type { PlannedSql } from "./plan.ts";
export { isRef } from "./shapes.ts";
export type { Subject } from "./subject.ts";
export { declarationOf, offeredTools, TOOL_DECLARATIONS } from "./tools/index.ts";
export { checksReadArguments, type ChecksReadArguments } from "./tools/checks-read.ts";
export { logsReadArguments, type LogsReadArguments } from "./tools/logs-read.ts";
export { prCommentArguments, type PrCommentArguments } from "./tools/pr-comment.ts";
export { prMergeArguments, type PrMergeArguments } from "./tools/pr-merge.ts";
export { repoDiffArguments, type RepoDiffArguments } from "./tools/repo-diff.ts";
export { repoProposeArguments, type Change, type RepoProposeArguments } from "./tools/repo-propose.ts";
export { repoReadArguments, type RepoReadArguments } from "./tools/repo-read.ts";
export { repoSearchArguments, type RepoSearchArguments } from "./tools/repo-search.ts";
export { shellTestArguments, type ShellTestArguments } from "./tools/shell-test.ts";
export { sqlSelectArguments, type SqlSelectArguments } from "./tools/sql-select.ts";
export { emailNotifyArguments, type EmailNotifyArguments } from "./tools/email-notify.ts";
export { ticketAskArguments, type TicketAskArguments } from "./tools/ticket-ask.ts";
export { ticketReadArguments, type TicketReadArguments } from "./tools/ticket-read.ts";
export { ticketUpdateArguments, type TicketUpdateArguments } from "./tools/ticket-update.ts";
export { tracesReadArguments, type TracesReadArguments } from "./tools/traces-read.ts";
