export { createDoer, type Arrived, type Doer, type DoerParts, type Handled, type Step } from "./doer.ts";
export { answerMerge, mergesWaiting, noteAttempt, type WaitingMerge } from "./merges.ts";
export { approvalOf } from "./approval.ts";
export { tracesOf } from "./traces.ts";
export { serveHttp, serveSocket } from "./http.ts";
export { consumeKafka } from "./kafka.ts";
export { createTools, type ToolParts } from "./tools/index.ts";
export { MERGE_CHANNEL } from "./tools/pr-merge.ts";
export { takeOne, workQueue, type Way } from "./queue.ts";
