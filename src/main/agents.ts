import type { AgentPorts, AgentSeen } from "#cli";
import { addAgent, issueAgentKey, listAgents, peopleOf, revokeAgent, type Agent, type KeyAccess } from "#identity/io";
import { instantOfMillis } from "#kernel";
import { publicUrlOf, readConfig, type Environment } from "#platform/config";
import { CLIENT_INACTIVE, clientOperator } from "./client-operator.ts";
import { refused, type Refused } from "./refused.ts";
import { oneLog, shellUser, withLogs, type NamedLog } from "./tenant-logs.ts";

export function agentPorts(env: Environment, say: (line: string) => void): AgentPorts {
  const asOperator = clientOperator(env, say, "add or end an agent");

  /** By id, or by name: of those of one name, who is still there. */
  async function find(access: KeyAccess, { tenantId, prefix }: NamedLog, which: string): Promise<Agent | Refused> {
    const all = await listAgents(access, tenantId);
    const found =
      all.find((each) => each.id === which) ??
      all.findLast((each) => each.name.toLowerCase() === which.toLowerCase() && each.revokedAt === null) ??
      all.findLast((each) => each.name.toLowerCase() === which.toLowerCase());
    return (
      found ?? refused(`Tenant ${prefix} has no such agent. \`countersign agent list --tenant ${prefix}\` lists them.`)
    );
  }

  return {
    now: () => instantOfMillis(Date.now()),
    url: () => {
      const config = readConfig(env, "start");
      return config.kind === "invalid" ? "http://127.0.0.1:3000" : publicUrlOf(config.http, config.http.port);
    },
    look: async (tenant, which) => {
      const seen: AgentSeen[] = [];
      await withLogs(env, say, async (logs) => {
        if (logs.operator === null) return;
        const named = await oneLog(logs, tenant);
        const found = "kind" in named ? named : await find({ ...logs.operator, ...logs.audit }, named, which);
        seen.push("kind" in found ? found : { kind: found.revokedAt === null ? "active" : "revoked" });
      });
      return seen[0] ?? { kind: "nowhere" };
    },
    add: ({ tenant, ...asked }) =>
      asOperator(tenant, async (access, { tenantId, prefix }) => {
        const made = await addAgent(access, { ...asked, tenant: tenantId, by: shellUser() });
        switch (made.kind) {
          case "added": {
            const people = await peopleOf(access, tenantId);
            return { ...made, requesterKnown: people.some(({ github }) => github === asked.requester) };
          }
          case "name_taken":
            return refused(
              `Tenant ${prefix} has an agent of that name already. Choose another name, or revoke it first.`,
            );
          case "inactive":
            return refused(CLIENT_INACTIVE);
        }
      }),
    list: (tenant) =>
      asOperator(tenant, async (access, { tenantId }) => ({
        kind: "agents",
        agents: await listAgents(access, tenantId),
      })),
    key: ({ tenant, agent: which, ...asked }) =>
      asOperator(tenant, async (access, named) => {
        const found = await find(access, named, which);
        if ("kind" in found) return found;
        const made = await issueAgentKey(access, {
          ...asked,
          tenant: named.tenantId,
          agent: found.id,
          by: shellUser(),
        });
        return made === null
          ? refused("The agent is revoked: a revoked one gets no key.")
          : { kind: "issued", ...made };
      }),
    revoke: ({ tenant, agent: which }) =>
      asOperator(tenant, async (access, named) => {
        const found = await find(access, named, which);
        if ("kind" in found) return found;
        const done = await revokeAgent(access, { tenant: named.tenantId, agent: found.id, by: shellUser() });
        return done.kind === "unknown" ? refused("There is no such agent any more.") : done;
      }),
  };
}
