import {
  agentId,
  callId,
  repositoryId,
  tenantId,
  type AgentId,
  type CallId,
  type RepositoryId,
  type TenantId,
} from "#kernel";

function given<T>(value: T | null): T {
  if (value === null) throw new Error("no id");
  return value;
}

const uuid = (kind: number, n: number): string => `0190000${kind}-0000-7000-8000-${String(n).padStart(12, "0")}`;

export const aTenant = (n: number): TenantId => given(tenantId(uuid(1, n)));
export const anAgent = (n: number): AgentId => given(agentId(uuid(2, n)));
export const aCall = (n: number): CallId => given(callId(uuid(3, n)));
export const aRepository = (n: number): RepositoryId => given(repositoryId(n));
