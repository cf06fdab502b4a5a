import { agentsHere, listPeople, type Agent, type ListedPerson } from "#identity/io";
import type { Database } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { claimsOf } from "./claims.ts";

/** Agents for which nobody can say yes: no approver is left, or the only one is the person it acts for. By name. */
export const unanswered = (agents: readonly Agent[], people: readonly ListedPerson[]): readonly string[] =>
  agents
    .filter(
      ({ revokedAt, requester }) =>
        revokedAt === null && !people.some(({ roles, github }) => roles.includes("approver") && github !== requester),
    )
    .map(({ name }) => name);

/** Clients with such agents: what they ask a person about ends as a no, every time. */
export async function approverFinding(
  database: Database,
): Promise<readonly { readonly prefix: string; readonly agents: readonly string[] }[]> {
  const clients = await Promise.all(
    (await claimsOf(database)).map((claim) =>
      database.withTenant(claim, async (tx) => ({
        prefix: await ownPrefix(tx),
        agents: unanswered(await agentsHere(tx), await listPeople(tx)),
      })),
    ),
  );
  return clients.filter(({ agents }) => agents.length > 0);
}
