import type { AgentId, EntryId, PersonId, TenantId } from "#kernel";

/** Who asks for a call, once its key or token has been recognised. */
export interface AgentPrincipal {
  readonly tenant: TenantId;
  readonly agent: AgentId;
  /** The key that it asked with. Absent: a token of the issuer's. */
  readonly key?: EntryId;
  readonly name: string;
  /** The person on whose behalf it acts, where that is somebody we know. */
  readonly requester: PersonId | null;
  readonly requesterName: string;
  /** The tools that it may call at all. */
  readonly tools: readonly string[] | "all";
}

/** More in one agent's list are a list that nobody reads. */
export const MOST_TOOLS = 100;
const TOOL_NAME = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/;
/** Whether something could be a tool's name. Which tools there are is known further up. */
export const isToolName = (name: string): boolean => name.length <= 64 && TOOL_NAME.test(name);
