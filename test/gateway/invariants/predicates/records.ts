// What was written down in a trace: the rows of the calls, the approvals, and the log.

import { z } from "zod";
import type { Happened } from "../happened.ts";
import type { House } from "../house.ts";

const callRow = z.object({
  call_id: z.string(),
  tenant_id: z.string(),
  state: z.string(),
  explain: z.boolean(),
  colour: z.string().nullable(),
  outcome: z.string().nullable(),
  code: z.string().nullable(),
  approval_id: z.string().nullable(),
  endings: z.int(),
  closed: z.int(),
  taken: z.int(),
  approval: z
    .object({
      call_id: z.string(),
      agent_id: z.string(),
      digest: z.string(),
      policy_set: z.string(),
      head_sha: z.string().nullable(),
      state: z.string(),
      life: z.number(),
    })
    .nullable(),
});
export type Row = z.infer<typeof callRow>;

const bodyShape = z.looseObject({
  target: z.looseObject({ id: z.string() }),
  payload: z.looseObject({
    action: z.string().optional(),
    facts: z.looseObject({ argsHash: z.string() }).optional(),
    verdict: z.union([z.string(), z.looseObject({ colour: z.string(), errors: z.array(z.string()) })]).optional(),
  }),
});
export type Told = z.infer<typeof bodyShape> & {
  readonly id: string;
  readonly kind: string;
  readonly outcome: string;
  readonly body: unknown;
};

/** Of one tenant. */
export interface Records {
  readonly side: number;
  readonly tenant: string;
  readonly prefix: string;
  readonly rows: readonly Row[];
  /** Of this trace's calls, and of its agent's breaker; oldest first. */
  readonly entries: readonly Told[];
  /** All that its log says, as text. */
  readonly text: string;
}

export interface Trace {
  readonly happened: readonly Happened[];
  readonly records: readonly Records[];
}

export async function readTrace({ t, sides, happened }: House): Promise<Trace> {
  const records = await Promise.all(
    sides.map(async ({ n, tenant, prefix, who }): Promise<Records> => {
      const rows = z.array(callRow).parse(
        await t.adminSql(
          `select c.call_id, c.tenant_id, c.state::text, c.explain, c.colour, c.outcome, c.code, c.approval_id,
            (select count(*)::int from gateway.trace x where x.call_id = c.call_id) as endings,
            (select count(*)::int from gateway.trace x where x.call_id = c.call_id and x.closed_at is not null) as closed,
            (select count(*)::int from doer.nonce n where n.call_id = c.call_id) as taken,
            (select jsonb_build_object('call_id', a.call_id, 'agent_id', a.agent_id, 'digest', a.digest, 'policy_set', a.policy_set,
                'head_sha', a.head_sha, 'state', a.state, 'life', extract(epoch from a.expires_at - a.requested_at) * 1000)
              from approvals.approval a where a.tenant_id = c.tenant_id and a.approval_id = c.approval_id) as approval
          from gateway.call c where c.tenant_id = $1 and c.agent_id = $2`,
          [tenant.id, who.agent],
        ),
      );
      const all = await t.db.withTenant(tenant.claim, (tx) => t.audit.recent(tx, { limit: 500 }));
      const calls = new Set(rows.map(({ call_id }) => call_id));
      return {
        side: n,
        tenant: tenant.id,
        prefix,
        rows,
        entries: all
          .filter(({ kind }) => kind.startsWith("call.") || kind === "control.breaker")
          .map(({ id, kind, outcome, body }) => ({ id, kind, outcome, body, ...bodyShape.parse(body) }))
          .filter(({ target }) => calls.has(target.id) || target.id === who.agent)
          .toReversed(),
        text: JSON.stringify(all),
      };
    }),
  );
  return { happened, records };
}
