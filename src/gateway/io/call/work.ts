import type { AgentPrincipal } from "#identity";
import type { CallId, RepositoryId } from "#kernel";
import type { TenantClaim, TenantTx } from "#platform/postgres";
import type { OpenTrace } from "#platform/telemetry";
import { refused } from "../../answers.ts";
import type { Answer, Asked } from "../../types.ts";
import type { ReadCall, ToolDeclaration } from "../../declaration.ts";
import type { GatewayDeps } from "../deps.ts";

/** One call that is being worked on in this process. */
export interface Work {
  readonly call: CallId;
  readonly who: AgentPrincipal;
  readonly asked: Asked;
  readonly tool: ToolDeclaration;
  readonly read: ReadCall;
  readonly explain: boolean;
  readonly session: Buffer;
  readonly claim: TenantClaim;
  /** The tenant's folder and family of names. */
  readonly prefix: string;
  readonly trace: OpenTrace;
  /** Aborted within a second of a kill that reaches the call. */
  readonly signal: AbortSignal;
  /** Filled in as soon as it is known: a kill of the repository reaches the call from then on. */
  readonly target: { repository: RepositoryId | null };
}

/** In the tenant's turn. */
export const inTenant = <T>(
  deps: Pick<GatewayDeps, "database" | "turns">,
  { claim }: Pick<Work, "claim">,
  fn: (tx: TenantTx) => Promise<T>,
): Promise<T> => deps.turns.ofTenant(claim.tenantId, () => deps.database.atOnce(claim, fn));

/** In the agent's turn, too. */
export const inOwnTurn = <T>(
  deps: Pick<GatewayDeps, "database" | "turns">,
  { claim, who }: Pick<Work, "claim" | "who">,
  fn: (tx: TenantTx) => Promise<T>,
): Promise<T> => deps.turns.ofAgent(who, () => deps.database.atOnce(claim, fn));

/** Who asked, as of now. null: the agent, or the key that it asked with, was revoked. */
export async function askerNow(
  deps: Pick<GatewayDeps, "agentNow" | "stillAsks">,
  tx: TenantTx,
  asker: AgentPrincipal,
): Promise<AgentPrincipal | null> {
  const [stands, now] = await Promise.all([deps.stillAsks(tx, asker), deps.agentNow(tx, asker.agent)]);
  if (!stands || now === null) return null;
  return asker.key === undefined ? now : { ...now, key: asker.key };
}

/** INVARIANT (2): asked before each step. null: nothing stops the call. */
export function killedAnswer(
  deps: GatewayDeps,
  { call, who, target }: Pick<Work, "call" | "who" | "target">,
): Answer | null {
  const killed = deps.killSwitch.look({ tenant: who.tenant, agent: who.agent, repository: target.repository });
  return killed === null ? null : refused(call, "killed", killed.reason);
}
