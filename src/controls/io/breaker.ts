import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { NewEntry } from "#audit";
import type { Append } from "#audit/io";
import { agentId, callId, type AgentId, type Json } from "#kernel";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import type { Admission, Breaker, BreakerFacts, Opened } from "../breaker.ts";
import { sizeOf, trip } from "../trip.ts";

const callColumn = branded(z.string(), callId);
const factsRow = z.object({
  opened_at: instantColumn.nullable(),
  call_id: callColumn.nullable(),
  updates: z.int().nullable(),
  cents: z.int().nullable(),
  hour_updates: z.int(),
  hour_cents: z.int(),
  session_updates: z.int(),
  session_cents: z.int(),
});
const openRow = z
  .object({
    agent_id: branded(z.string(), agentId),
    opened_at: instantColumn,
    call_id: callColumn,
    updates: z.int(),
    cents: z.int(),
  })
  .transform((row): Opened => ({
    agent: row.agent_id,
    since: row.opened_at,
    call: row.call_id,
    window: { updates: row.updates, cents: row.cents },
  }));

/** In the transaction that opens it: whoever looks after the client's agents is told. */
export type OnTrip = (tx: TenantTx, tripped: Pick<Opened, "agent" | "call" | "window">) => Promise<void>;

export interface BreakerDeps {
  readonly append: Append;
  /** Absent: nobody is told from here (the command line, which only resets). */
  readonly onTrip?: OnTrip;
}

export function createBreaker({ append, onTrip }: BreakerDeps): Breaker {
  const entry = (
    tx: TenantTx,
    told: {
      readonly action: "open" | "reset";
      readonly agent: AgentId;
      readonly by: { readonly initiator: NewEntry["initiator"]; readonly requestId: string };
      readonly body: Readonly<Record<string, Json>>;
    },
  ) =>
    append(tx, {
      kind: "control.breaker",
      outcome: told.action === "open" ? "refused" : "success",
      observer: { type: "app", id: "countersign" },
      initiator: told.by.initiator,
      target: { type: "agent", id: told.agent },
      requestId: told.by.requestId,
      action: told.action,
      body: { v: 1, action: told.action, agent: told.agent, ...told.body },
    });

  return {
    turn: takeTurn,
    async admit(tx, asked, turn) {
      const own = sizeOf(asked);
      const session = sessionHash(asked.session);
      const changes = changesSomething(asked);
      const decided = trip(asked, turn ?? (await takeTurn(tx, asked)), tx.tenantId);
      const { window } = decided;
      switch (decided.kind) {
        case "admit":
          if (changes)
            tx.later(
              sql`select controls.breaker_count(${asked.agent}::uuid, ${asked.call}::uuid, ${session}, ${own.updates}::bigint, ${own.cents}::bigint)`,
            );
          return { kind: "admitted", window };
        case "trip":
          await tx.run(
            sql`select controls.breaker_open(${asked.agent}::uuid, ${asked.call}::uuid, ${window.updates}::bigint, ${window.cents}::bigint)`,
          );
          await entry(tx, {
            action: "open",
            agent: asked.agent,
            by: { initiator: { type: "agent", id: asked.agent }, requestId: asked.call },
            body: { call: asked.call, window: { ...window }, own: { ...own } },
          });
          await onTrip?.(tx, { agent: asked.agent, call: asked.call, window });
          return { kind: "open", why: decided.why, window };
        case "open":
          return { kind: "open", why: decided.why, window };
      }
    },
    async foresee(tx, asked) {
      const decided = trip(asked, await factsOf(tx, asked, sessionHash(asked.session)), tx.tenantId);
      return decided.kind === "admit"
        ? { kind: "admitted", window: decided.window }
        : { kind: "open", why: decided.why, window: decided.window };
    },
    async reset(tx, { agent, reason, by }) {
      const { done } = await tx.one(
        sql`select controls.breaker_reset(${agent}::uuid) as done`,
        z.object({ done: z.boolean() }),
      );
      if (!done) return "closed";
      await entry(tx, { action: "reset", agent, by, body: { reason } });
      return "reset";
    },
    open: openBreakers,
  };
}

export const openBreakers = (tx: TenantTx): Promise<readonly Opened[]> =>
  tx.many(sql`select * from controls.open_breakers()`, openRow);

type Read = (tx: TenantTx, asked: Admission, session: Buffer) => Promise<BreakerFacts>;

const factsOf: Read = async (tx, { agent, call }, session) =>
  asFacts(
    agent,
    await tx.one(sql`select * from controls.breaker_facts(${agent}::uuid, ${call}::uuid, ${session})`, factsRow),
  );

/** The same, and this agent's other calls wait until the transaction ends. */
const turnOf: Read = async (tx, { agent, call }, session) =>
  asFacts(
    agent,
    await tx.one(sql`select * from controls.breaker_turn(${agent}::uuid, ${call}::uuid, ${session})`, factsRow),
  );

/** What changes nothing takes no turn: it only asks whether the breaker is open. */
const changesSomething = (asked: Admission): boolean => {
  const own = sizeOf(asked);
  return own.updates > 0 || own.cents > 0;
};
const takeTurn = (tx: TenantTx, asked: Admission): Promise<BreakerFacts> =>
  (changesSomething(asked) ? turnOf : factsOf)(tx, asked, sessionHash(asked.session));

const asFacts = (agent: AgentId, row: z.output<typeof factsRow>): BreakerFacts => ({
  opened: openedOf(agent, row),
  hour: { updates: row.hour_updates, cents: row.hour_cents },
  session: { updates: row.session_updates, cents: row.session_cents },
});

function openedOf(agent: AgentId, row: z.output<typeof factsRow>): Opened | null {
  const { opened_at: since, call_id: call, updates, cents } = row;
  return since === null || call === null || updates === null || cents === null
    ? null
    : { agent, since, call, window: { updates, cents } };
}

/** An agent's own word may be anything; what is kept of it says nothing. */
const sessionHash = (session: string): Buffer => createHash("sha256").update(session).digest();
