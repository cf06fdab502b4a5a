import type { TenantClaim } from "#platform/postgres";
import { declarationOf } from "../tools/index.ts";
import type { Answer } from "../types.ts";
import { finish } from "./call/carry.ts";
import { openRecord, type Call } from "./call/rows.ts";
import type { GatewayDeps } from "./deps.ts";

/** Ends a call whose outcome is there. null: there is none yet, or nothing here that could ask for it. */
export async function takeUp(deps: GatewayDeps, call: Call, claim: TenantClaim): Promise<Answer | null> {
  const tool = call.tool === null ? null : declarationOf(call.tool);
  if (deps.hands.kind === "explain" || tool === null) return null;
  const outcome = await deps.hands.ports.dispatch.outcome(claim.tenantId, call.id, 0);
  if (outcome === null) return null;
  const { who } = await deps.database.withTenant(claim, (tx) => openRecord(deps.keys, tx, call));
  return finish(deps, { call: call.id, who, claim, tool, trace: null }, outcome, null);
}
