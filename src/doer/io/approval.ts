// The people's yes, looked at once more by the process that executes: with its own eyes, from the rows themselves.

import sql from "sql-template-tag";
import { z } from "zod";
import { digest } from "#kernel";
import type { Packet } from "#gateway";
import { branded, type TenantTx } from "#platform/postgres";
import type { ApprovalFact } from "../decide.ts";

const row = z.object({
  call_id: z.string(),
  agent_id: z.string(),
  digest: branded(z.string(), digest),
  policy_set: z.string(),
  head_sha: z.string().nullable(),
  state: z.string(),
  taken: z.boolean(),
  fresh: z.boolean(),
  quorum: z.int(),
  yes: z.int(),
});

/** Between the gateway's taking it, in the commit of the intent, and here: a packet is good for a minute. #approvals has its own clocks. */
const FRESH_MINUTES = 5;

/** INVARIANT 14, 15: for this call, this agent, these rules and this commit; by people who may still say it, and did not ask for it. */
export async function approvalOf(tx: TenantTx, packet: Packet): Promise<ApprovalFact> {
  const found = await tx.maybe(
    sql`select a.call_id, a.agent_id, a.digest, a.policy_set, a.head_sha, a.state, a.quorum,
        a.used_at is not null as taken,
        (a.epoch = approvals.own_epoch() and a.used_at > clock_timestamp() - make_interval(mins => ${FRESH_MINUTES})) is true as fresh,
        (select count(*)::integer from approvals.answer w
          join identity.person p on p.tenant_id = w.tenant_id and p.person_id = w.person_id
          where w.tenant_id = a.tenant_id and w.approval_id = a.approval_id and w.answer = 'approve'
            and p.removed_at is null and 'approver' = any(p.roles)
            and p.person_id is distinct from a.requester_id
            and not exists (select from identity.agent g
              where g.tenant_id = a.tenant_id and g.agent_id = a.agent_id and g.requester = p.github_user)) as yes
      from approvals.approval a where a.tenant_id = ${tx.tenantId} and a.approval_id = ${packet.approval}`,
    row,
  );
  if (found === null) return no("There is no such approval.");
  if (found.state !== "approved") return no("The approval does not stand any more.");
  // INVARIANT 13: taken for an execution, once, with the intent's own commit. Whoever stole a packet key cannot do that.
  if (!found.taken) return no("The gateway has not taken the approval for an execution.");
  if (!found.fresh) return no("The approval is too old, or from before the client was suspended.");
  if (found.call_id !== packet.call || found.agent_id !== packet.agent) return no("The approval is of another call.");
  if (found.policy_set !== packet.policySet) return no("The approval was given under other rules.");
  if (found.head_sha !== packet.headSha) return no("The approval was given for another commit.");
  if (found.yes < found.quorum) return no("Not enough of those who said yes may still say it.");
  return { kind: "stands", digest: found.digest };
}

const no = (why: string): ApprovalFact => ({ kind: "does not stand", why });
