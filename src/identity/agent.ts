import type { AgentId, PersonId, TenantId } from "#kernel";

/** Who asks for a call, once its key or token has been recognised. */
export interface AgentPrincipal {
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly name: string;
  /** The person on whose behalf it acts, where that is somebody we know. */
  readonly requester: PersonId | null;
  readonly requesterName: string;
  /** The tools that it may call at all. */
  readonly tools: readonly string[] | "all";
}
