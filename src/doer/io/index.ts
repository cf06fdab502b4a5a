export { createDoer, type Arrived, type Doer, type DoerParts, type Handled, type Step } from "./doer.ts";
export { createTools, type ToolParts } from "./tools/index.ts";
export { MERGE_CHANNEL } from "./tools/pr-merge.ts";
export { takeOne, workQueue, type Way } from "./queue.ts";
