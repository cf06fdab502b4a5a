// The people's yes, asked again by the process that executes: real requests, real answers, real people and their roles of this moment.

import { handOver } from "#tickets/io";
import { describe, expect, it } from "vitest";
import { approvalOf } from "#doer/io";
import { argumentsHash, type Decided } from "#gateway/io";
import { removePerson } from "#identity/io";
import { reinstate, suspend } from "#tenants/io";
import { readOutcome } from "../../src/gateway/io/dispatch/outcome.ts";
import { newApproval, onPage } from "../approvals/support/stage.ts";
import { hash, sha } from "../approvals/support/people.ts";
import { testDatabase } from "../support/database.ts";
import { pastTriggers } from "../support/tenant-world.ts";
import { checkWorld } from "../support/world.ts";
import { agreements, type Agreed } from "./support/agreed.ts";
import { AGENT, ARGS, doerLab, newCall } from "./support/lab.ts";

const known = <T>(value: T | null | undefined): T => value ?? expect.unreachable();
const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const { access, agreed, approvals, by, somebody } = agreements(t, acme);

/** What became of it, by a doer that asks for itself. */
async function executed({ tenant, decided }: Agreed, more: Partial<Decided> = {}) {
  const signed = await lab.sign(tenant, { ...decided, ...more });
  const { call } = lab.packetOf(signed);
  await lab.hand(lab.doer({ approval: approvalOf }), tenant, signed);
  const claim = known(await t.db.claimFor(tenant.id));
  const outcome = await t.db.withTenant(claim, (tx) => readOutcome(t.keys, tx, call));
  return { ran: lab.ran.includes(call), outcome };
}
const refusedWith = (why: RegExp) => ({ ran: false, outcome: { kind: "refused", why: expect.stringMatching(why) } });

describe("INVARIANT 14, 15 the people's yes, at the moment of executing", () => {
  it("two approvers said yes, the gateway took it: executed", async () => {
    expect(await executed(await agreed())).toMatchObject({ ran: true, outcome: { kind: "done" } });
  });

  it.each<[string, RegExp, (given: Agreed) => Promise<unknown>]>([
    [
      "the role of one of them was taken away after the gateway took the yes",
      /Not enough/,
      ({ tenant, accountsOf }) => somebody(accountsOf.bob, ["admin", "operator", "viewer"], tenant),
    ],
    [
      "one of them was removed",
      /Not enough/,
      ({ tenant, bob }) => removePerson({ ...access, handOver }, { tenant: tenant.id, person: bob, by }),
    ],
    [
      "one of them turns out to be the agent's owner",
      /Not enough/,
      ({ agent, accountsOf }) =>
        t.adminSql("update identity.agent set requester = $2 where agent_id = $1", [agent, accountsOf.bob]),
    ],
    [
      "one of them turns out to be who asked for it",
      /Not enough/,
      ({ approval, ann }) =>
        pastTriggers(t, "approvals.approval", async () => {
          await t.adminSql("update approvals.approval set requester_id = $2 where approval_id = $1", [approval, ann]);
        }),
    ],
    [
      "it was stopped meanwhile",
      /does not stand/,
      ({ approval }) =>
        pastTriggers(t, "approvals.approval", async () => {
          await t.adminSql("update approvals.approval set state = 'void', cause = 'stopped' where approval_id = $1", [
            approval,
          ]);
        }),
    ],
    [
      "it was taken long ago",
      /too old/,
      ({ approval }) =>
        pastTriggers(t, "approvals.approval", async () => {
          await t.adminSql(
            "update approvals.approval set used_at = used_at - interval '6 minutes' where approval_id = $1",
            [approval],
          );
        }),
    ],
  ])("refused: %s", async (_, why, change) => {
    const given = await agreed();
    await change(given);
    expect(await executed(given)).toMatchObject(refusedWith(why));
  });

  it("a role that was given back before the execution counts again: it is asked as it is now", async () => {
    const given = await agreed();
    await somebody(given.accountsOf.bob, ["viewer"], acme);
    await somebody(given.accountsOf.bob, ["approver"], acme);
    expect(await executed(given)).toMatchObject({ ran: true });
  });

  it.each<[string, RegExp, () => Partial<Decided>]>([
    ["of another call", /another call/, () => ({ call: newCall() })],
    ["of another agent", /another call/, () => ({ agent: AGENT })],
    ["under other rules", /other rules/, () => ({ policySet: hash(6) })],
    ["at another commit", /another commit/, () => ({ headSha: sha(2) })],
    ["at no commit", /another commit/, () => ({ headSha: null })],
    ["with other arguments", /other arguments/, () => ({ args: { ...ARGS, paths: ["SECRETS.md"] } })],
  ])("refused: a packet %s than the one that was approved", async (_, why, more) => {
    expect(await executed(await agreed(), more())).toMatchObject(refusedWith(why));
  });

  it("refused: only one of two said yes", async () => {
    const given = await agreed({ taken: false, quorum: 1, asked: {} });
    const asked = { ...given, decided: { ...given.decided, approval: await pending(given) } };
    expect(await executed(asked)).toMatchObject(refusedWith(/does not stand/));
  });

  it("refused: said yes to, and never taken by the gateway, as a thief of its key would have it", async () => {
    expect(await executed(await agreed({ taken: false }))).toMatchObject(refusedWith(/not taken/));
  });

  it("refused: there is none of that id, or it is another tenant's", async () => {
    const globex = await t.tenant("globex", 2);
    const theirs = await agreed({ tenant: globex });
    const ours = await agreed();
    const borrowed = { ...ours, decided: { ...ours.decided, approval: theirs.approval } };
    expect(await executed(borrowed)).toMatchObject(refusedWith(/no such approval/));
  });

  it("refused: the client was suspended and taken back since", async () => {
    const initech = await t.tenant("initech", 3);
    const given = await agreed({ tenant: initech });
    const about = { prefix: "initech", reason: "a drill", by: { operator: by.initiator, requestId: "r2" } } as const;
    expect(await suspend({ ...t.operator, spool: t.spool }, about)).toMatchObject({ kind: "suspended" });
    expect(await reinstate(t.operator, about)).toMatchObject({ kind: "reinstated" });
    const back = { ...initech, claim: known(await t.db.claimFor(initech.id)) };
    expect(await executed({ ...given, tenant: back })).toMatchObject(refusedWith(/suspended/));
  });

  it("nothing was a fault, and the log holds", async () => {
    expect(lab.faults).toEqual([]);
    await checkWorld(t);
  });
});

/** Another request, of the same people, that one person of two answered. */
async function pending({ ann, rita, agent }: Agreed) {
  return t.db.withTenant(acme.claim, async (tx) => {
    const digest = argumentsHash(ARGS);
    const { approval } = await approvals.request(
      tx,
      newApproval({ call: newCall(), agent, requester: rita, quorum: 2, digest }),
    );
    await approvals.decide(tx, { approval, digest, answer: "approve", by: onPage(ann), stepUp: null, reason: "yes", link: null, propose: false }); // prettier-ignore
    return approval;
  });
}
