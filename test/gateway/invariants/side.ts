// One of the two tenants of a trace. They have the same agent, the same people, the same keys for their calls and the same names for their
// sessions: what keeps them apart is Countersign.

import type { AgentPrincipal } from "#identity";
import { agentId, repoName, repositoryId, type AgentId } from "#kernel";
import type { PlannedRepository } from "../../../src/gateway/plan.ts";
import type { TestDatabase, TestTenant } from "../../support/database.ts";
import { ADA, MONA, some } from "../support/stage.ts";

export interface Side {
  readonly n: number;
  readonly tenant: TestTenant;
  readonly prefix: string;
  readonly who: AgentPrincipal;
  readonly repository: PlannedRepository;
}
export type Sides = readonly [Side, Side];

const uuidOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** A pair of tenants serves some traces, each with an agent of its own: a tenant is made slowly. */
export function sidesOf(t: TestDatabase): (trace: number) => Promise<Sides> {
  const pairs = new Map<number, Promise<readonly [TestTenant, TestTenant]>>();
  const made = async (prefix: string, installation: number): Promise<TestTenant> => {
    const tenant = await t.tenant(prefix, installation);
    await t.adminSql(
      `insert into identity.person (tenant_id, person_id, github_user, login, roles)
        values ($1, $2, 1, 'ada', '{approver}'), ($1, $3, 8, 'mona', '{approver}')`,
      [tenant.id, ADA, MONA],
    );
    return tenant;
  };
  const pairOf = async (n: number) =>
    [await made(`acme${n}x`, 2 * n + 1), await made(`globex${n}x`, 2 * n + 2)] as const;
  return async (trace) => {
    const n = Math.floor(trace / TRACES_OF_A_PAIR);
    const pair = pairs.get(n) ?? pairOf(n);
    pairs.set(n, pair);
    const [one, two] = await pair;
    const agent = some(agentId(uuidOf(10_000 + trace)));
    return [sideOf(0, one, agent), sideOf(1, two, agent)];
  };
}
const TRACES_OF_A_PAIR = 6;

const sideOf = (n: number, tenant: TestTenant, agent: AgentId): Side => ({
  n,
  tenant,
  prefix: tenant.prefix,
  who: { tenant: tenant.id, agent, name: "builder", requester: MONA, requesterName: "mona", tools: "all" },
  repository: {
    id: some(repositoryId(7_000 + tenant.installation)),
    name: some(repoName(`${tenant.prefix}/shop`)),
    installation: tenant.installation,
  },
});
