import type { JobHandler } from "#platform/jobs";
import type { GateDeps } from "./deps.ts";
import { evaluateHandler } from "./evaluate.ts";
import { publishHandler } from "./publish.ts";

/** For main: the gate's jobs by task name. */
export function gateHandlers(deps: GateDeps): Readonly<Record<string, JobHandler>> {
  return {
    "gate.evaluate": evaluateHandler(deps),
    "gate.publish": publishHandler(deps),
  };
}
