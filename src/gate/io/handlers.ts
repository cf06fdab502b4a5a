import type { JobHandler } from "#platform/jobs";
import type { GateDeps } from "./deps.ts";
import { evaluateHandler } from "./evaluate.ts";
import { mergeHandler } from "./execute.ts";
import { groupHandler } from "./group.ts";
import { publishHandler } from "./publish.ts";
import { reconcileHandler, watchHandler } from "./reconcile/reconcile.ts";

/** For main: the gate's jobs by task name. */
export function gateHandlers(deps: GateDeps): Readonly<Record<string, JobHandler>> {
  return {
    "gate.evaluate": evaluateHandler(deps),
    "gate.publish": publishHandler(deps),
    "gate.merge": mergeHandler(deps),
    "gate.group": groupHandler(deps),
    "gate.watch": watchHandler(deps),
    "gate.reconcile": reconcileHandler(deps),
  };
}
