import sql from "sql-template-tag";
import { z } from "zod";
import type { Append } from "#audit/io";
import { BUDGET_KINDS, type Amounts, type BudgetKind, type Budgets, type Standing } from "../budget.ts";
import { AGENT_LIMITS, amountsOf, heldFor, leftIn, spend, TENANT_LIMITS, whole } from "../spend.ts";

const some = z.partialRecord(z.enum(BUDGET_KINDS), z.int());
const standingRow = z.object({ used: some, limits: some });
const factsRow = standingRow.extend({ taken: z.boolean(), tenant_used: some, tenant_limits: some });

export function createBudgets({ append }: { readonly append: Append }): Budgets {
  return {
    async take(tx, asked) {
      const { agent, call } = asked;
      const row = await tx.one(sql`select * from controls.budget_turn(${agent}::uuid, ${call}::uuid)`, factsRow);
      const standing = {
        agent: standingOf(row.used, row.limits, AGENT_LIMITS),
        tenant: standingOf(row.tenant_used, row.tenant_limits, TENANT_LIMITS),
      };
      const held = heldFor(asked);
      if (row.taken) return { kind: "within", left: leftIn(standing, held) };
      const taken = spend(held, standing, { agent, tenant: tx.tenantId });
      if (taken.kind === "within")
        tx.later(sql`select controls.budget_hold(${agent}::uuid, ${call}::uuid, ${json(positive(held))}::jsonb)`);
      return taken;
    },
    async settle(tx, { agent, call, used }) {
      tx.later(sql`select controls.budget_settle(${agent}::uuid, ${call}::uuid, ${json(given(used))}::jsonb)`);
    },
    async show(tx, agent) {
      const row = await tx.one(sql`select * from controls.budget_standing(${agent ?? tx.tenantId}::uuid)`, standingRow);
      return standingOf(row.used, row.limits, agent === null ? TENANT_LIMITS : AGENT_LIMITS);
    },
    async set(tx, { agent, kind, most, by }) {
      const limit = most === null ? null : whole(most);
      await tx.run(sql`select controls.budget_set(${agent ?? tx.tenantId}::uuid, ${kind}, ${limit}::bigint)`);
      await append(tx, {
        kind: "control.budget",
        outcome: "success",
        observer: { type: "app", id: "countersign" },
        initiator: by.initiator,
        target: agent === null ? { type: "tenant", id: tx.tenantId } : { type: "agent", id: agent },
        requestId: by.requestId,
        action: "set",
        body: { v: 1, agent, kind, most: limit },
      });
    },
  };
}

type Some = Partial<Amounts>;

function standingOf(used: Some, limits: Some, own: Amounts): Standing {
  return {
    limits: amountsOf(limits, (kind) => own[kind]),
    set: BUDGET_KINDS.filter((kind) => limits[kind] !== undefined),
    used: amountsOf(used, () => 0),
  };
}

/** Memory is not held: it is one call's own, and is free again when that call ends. */
const positive = (held: Amounts): Some => only(held, (kind) => held[kind] > 0 && kind !== "memoryBytes");
const given = (used: Some): Some =>
  only(
    amountsOf(used, () => 0),
    (kind) => used[kind] !== undefined,
  );

function only(amounts: Amounts, keep: (kind: BudgetKind) => boolean): Some {
  return Object.fromEntries(BUDGET_KINDS.filter(keep).map((kind) => [kind, amounts[kind]]));
}

const json = (amounts: Some): string => JSON.stringify(amounts);
