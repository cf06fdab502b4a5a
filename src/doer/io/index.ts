export { createDoer, type Arrived, type Doer, type DoerParts, type Handled, type Step } from "./doer.ts";
export { takeOne, workQueue, type Way } from "./queue.ts";
