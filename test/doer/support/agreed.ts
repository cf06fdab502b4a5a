// People who are asked about a call and say yes, and the gateway that takes it: real requests, real answers, real roles.

import { expect } from "vitest";
import type { NewApproval } from "#approvals";
import { createApprovals } from "#approvals/io";
import { argumentsHash } from "#gateway/io";
import type { Role } from "#identity";
import { addAgent, agentOwner, findPerson, putPerson } from "#identity/io";
import { userId, type AgentId, type PersonId, type UserId } from "#kernel";
import { hash, sha } from "../../approvals/support/people.ts";
import { newApproval, onPage } from "../../approvals/support/stage.ts";
import type { TestDatabase, TestTenant } from "../../support/database.ts";
import { ARGS, newCall } from "./lab.ts";

const known = <T>(value: T | null | undefined): T => value ?? expect.unreachable();
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
/** Under which everybody says yes. */
export const RULES = hash(5);

export type Agreed = Awaited<ReturnType<ReturnType<typeof agreements>["agreed"]>>;

/** `home`: whose people they are where nothing is said. */
export function agreements(t: TestDatabase, home: TestTenant) {
  const access = { ...t.operator, append: t.append, spool: t.spool };
  let accounts = 100;
  const account = (): UserId => known(userId((accounts += 1)));

  async function somebody(github: UserId, roles: readonly Role[], tenant: TestTenant): Promise<PersonId> {
    const made = await putPerson(access, { tenant: tenant.id, github, login: `user-${github}`, roles, by });
    return made.kind === "no_tenant" ? expect.unreachable() : made.person.person;
  }

  async function agentOf(requester: UserId, tenant: TestTenant): Promise<AgentId> {
    const asked = { tenant: tenant.id, name: `agent-${requester}`, requester, tools: "all", by } as const;
    const made = await addAgent(access, asked);
    return made.kind === "added" ? made.id : expect.unreachable();
  }

  const approvals = createApprovals({
    notices: null,
    append: t.append,
    enqueue: async () => {},
    keys: t.keys,
    person: findPerson,
    owner: agentOwner,
    stepUp: { verify: async () => null },
    onDecided: async () => {},
    monotonicMs: () => 1_000,
    boot: "boot-1",
  });

  /** A call that two people are asked about and said yes to, taken for its execution as the gateway takes it. */
  async function agreed({
    tenant = home,
    taken = true,
    quorum = 2,
    asked = {},
  }: {
    readonly tenant?: TestTenant;
    readonly taken?: boolean;
    readonly quorum?: number;
    readonly asked?: Partial<NewApproval>;
  } = {}) {
    const accountsOf = { ann: account(), bob: account(), rita: account() };
    const ann = await somebody(accountsOf.ann, ["approver"], tenant);
    const bob = await somebody(accountsOf.bob, ["approver"], tenant);
    const rita = await somebody(accountsOf.rita, ["viewer"], tenant);
    const agent = await agentOf(accountsOf.rita, tenant);
    const call = newCall();
    const digest = argumentsHash(ARGS);
    const exactly = { digest, policySet: RULES, headSha: sha(1) };
    const approval = await t.db.withTenant(tenant.claim, async (tx) => {
      const request = newApproval({ call, agent, requester: rita, quorum, ...exactly, ...asked });
      const { approval: id } = await approvals.request(tx, request);
      for (const person of [ann, bob].slice(0, quorum)) {
        const decision = {
          approval: id,
          digest: request.digest,
          answer: "approve",
          by: onPage(person),
          stepUp: null,
        } as const;
        await approvals.decide(tx, { ...decision, reason: "looks right", link: null, propose: false });
      }
      if (taken) expect(await approvals.use(tx, id, { ...exactly, ...asked })).toMatchObject({ kind: "yes" });
      return id;
    });
    const decided = { call, agent, verdict: "YELLOW", approval, policySet: RULES, headSha: sha(1) } as const;
    return { tenant, accountsOf, ann, bob, rita, agent, call, approval, decided };
  }
  return { access, by, approvals, somebody, agreed };
}
