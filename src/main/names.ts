import { listAgents, peopleOf } from "#identity/io";
import type { OperatorOptions } from "#platform/postgres";
import type { Tenant } from "#tenants/io";

/** What the agents and people of these clients are called, by id. Of clients that are suspended nothing is read: what is there is told by its ids. */
export async function namesOf(
  access: OperatorOptions,
  tenants: readonly Tenant[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const { tenantId: id } of tenants) {
    for (const { id: agent, name } of await listAgents(access, id)) names.set(agent, name);
    for (const { person, login } of await peopleOf(access, id)) names.set(person, login);
  }
  return names;
}
