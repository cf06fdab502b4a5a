import type { Person, Role } from "#identity";
import { agentId, callId, commitSha, digest, personId, tenantId } from "#kernel";
import type { AgentId, CallId, CommitSha, Digest, PersonId } from "#kernel";

function there<T>(value: T | null): T {
  if (value === null) throw new Error("not a value of its kind");
  return value;
}
const uuid = (kind: number, n: number): string => `00000000-0000-4000-8${kind}00-${String(n).padStart(12, "0")}`;

export const person = (n: number): PersonId => there(personId(uuid(1, n)));
export const agent = (n: number): AgentId => there(agentId(uuid(2, n)));
export const call = (n: number): CallId => there(callId(uuid(3, n)));
export const sha = (n: number): CommitSha => there(commitSha(String(n).padStart(40, "0")));
export const hash = (n: number): Digest => there(digest(String(n).padStart(64, "0")));

export const somebody = (id: PersonId, login: string, roles: readonly Role[]): Person => ({
  tenant: there(tenantId(uuid(0, 1))),
  person: id,
  github: null,
  login,
  roles,
});
