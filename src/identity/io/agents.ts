// Agents in a tenant's registry, and their keys.

import { randomBytes } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { NewEntry } from "#audit";
import { enterLog, stopAnyway } from "#audit/io";
import {
  agentId,
  entryId,
  Fault,
  userId,
  type AgentId,
  type Instant,
  type PersonId,
  type TenantId,
  type UserId,
} from "#kernel";
import { branded, instantColumn, withOperator, type OperatorOptions, type TenantTx } from "#platform/postgres";
import { isToolName, MOST_TOOLS } from "../agent.ts";
import { expiry, formatKey } from "../api-key.ts";
import { isKeyName, keyHash, SECRET_BYTES } from "../tagged-key.ts";
import type { Asker, IssuedKey, KeyAccess, RevokeAccess } from "./keys.ts";
import { personByGithub } from "./people.ts";

export interface Agent {
  readonly id: AgentId;
  readonly name: string;
  /** GitHub's number of the person on whose behalf it acts. */
  readonly requester: UserId;
  readonly tools: readonly string[] | "all";
  readonly addedAt: Instant;
  readonly revokedAt: Instant | null;
}

const idColumn = branded(z.string(), agentId);
const agentRow = z
  .object({
    agent_id: idColumn,
    name: z.string(),
    requester: branded(z.number(), userId),
    tools: z.array(z.string()).nullable(),
    added_at: instantColumn,
    revoked_at: instantColumn.nullable(),
  })
  .transform((row): Agent => ({
    id: row.agent_id,
    name: row.name,
    requester: row.requester,
    tools: row.tools ?? "all",
    addedAt: row.added_at,
    revokedAt: row.revoked_at,
  }));
const issuedRow = z.object({ key_id: branded(z.string(), entryId), expires_at: instantColumn });
const revokedRow = z.object({ revoked_at: instantColumn, already: z.boolean(), keys: z.number() });

const entryAbout = (
  kind: "agent.add" | "agent.revoke" | "key.issue",
  target: NewEntry["target"],
  by: Asker,
  body: NewEntry["body"],
): NewEntry => ({
  kind,
  outcome: "success",
  observer: { type: "app", id: "countersign" },
  initiator: by.initiator,
  target,
  requestId: by.requestId,
  body,
});

export type AddedAgent =
  | { readonly kind: "added"; readonly id: AgentId }
  | { readonly kind: "name_taken" }
  | { readonly kind: "inactive" };

/** The agent and its entry are one commit. It cannot do anything until it has a key, or a token names it. */
export async function addAgent(
  access: KeyAccess,
  asked: {
    readonly tenant: TenantId;
    readonly name: string;
    readonly requester: UserId;
    readonly tools: readonly string[] | "all";
    readonly by: Asker;
  },
): Promise<AddedAgent> {
  const { name, requester } = asked;
  const tools = asked.tools === "all" ? null : [...new Set(asked.tools)].toSorted();
  if (
    !isKeyName(name) ||
    (tools !== null && (tools.length < 1 || tools.length > MOST_TOOLS || !tools.every(isToolName)))
  )
    throw new Fault("input_invalid", "An agent was asked for with a name or tools that are not allowed.");
  return withOperator(access, async (operator) => {
    const tx = await enterLog(operator, asked.tenant);
    if (tx === null) return { kind: "inactive" };
    const made = await tx.maybe(
      sql`insert into identity.agent (tenant_id, name, requester, tools)
        values (${tx.tenantId}::uuid, ${name}, ${requester}::bigint, ${tools}::text[])
        on conflict (tenant_id, lower(name)) where revoked_at is null do nothing returning agent_id`,
      z.object({ agent_id: idColumn }),
    );
    if (made === null) return { kind: "name_taken" };
    const id = made.agent_id;
    await access.append(
      tx,
      entryAbout("agent.add", { type: "agent", id }, asked.by, { name, requester, tools: tools ?? "all" }),
    );
    return { kind: "added", id };
  });
}

/** All there ever were, oldest first. */
export async function listAgents(access: OperatorOptions, tenant: TenantId): Promise<readonly Agent[]> {
  return withOperator(access, async (operator) => {
    const tx = await enterLog(operator, tenant);
    return tx === null
      ? []
      : tx.many(
          sql`select agent_id, name, requester, tools, added_at, revoked_at from identity.agent
            where tenant_id = ${tx.tenantId}::uuid order by agent_id`,
          agentRow,
        );
  });
}

/** The person on whose behalf it acts: who does not approve what it asks. null: nobody of this tenant's people. */
export async function agentOwner(tx: TenantTx, id: AgentId): Promise<PersonId | null> {
  const agent = await readAgent(tx, id);
  return agent === null ? null : ((await personByGithub(tx, agent.requester))?.person ?? null);
}

/** Those that may call, by name: for the tenant's own people. */
export const agentsHere = (tx: TenantTx): Promise<readonly Agent[]> =>
  tx.many(
    sql`select agent_id, name, requester, tools, added_at, revoked_at from identity.agent
      where tenant_id = ${tx.tenantId}::uuid and revoked_at is null order by name`,
    agentRow,
  );

export async function readAgent(tx: TenantTx, id: AgentId): Promise<Agent | null> {
  return tx.maybe(
    sql`select agent_id, name, requester, tools, added_at, revoked_at from identity.agent
      where tenant_id = ${tx.tenantId}::uuid and agent_id = ${id}::uuid`,
    agentRow,
  );
}

/** null: no such agent there, revoked, or the tenant is not active. */
export async function issueAgentKey(
  access: KeyAccess,
  asked: {
    readonly tenant: TenantId;
    readonly agent: AgentId;
    readonly name: string;
    readonly days: number;
    readonly by: Asker;
  },
): Promise<IssuedKey | null> {
  const { agent, name, days, by } = asked;
  if (!isKeyName(name) || !Number.isSafeInteger(days) || days < 1 || days > expiry.max)
    throw new Fault("input_invalid", "An API key was asked for with a name or an expiry that is not allowed.");
  const text = formatKey(randomBytes(SECRET_BYTES));
  return withOperator(access, async (operator) => {
    const tx = await enterLog(operator, asked.tenant);
    if (tx === null) return null;
    const made = await tx.maybe(
      sql`select * from identity.issue_agent_key(${Buffer.from(keyHash(text))}, ${agent}::uuid, ${name}, ${days}::integer)`,
      issuedRow,
    );
    if (made === null) return null;
    const body = { name, capabilities: ["agent.call"], agent, days };
    await access.append(tx, entryAbout("key.issue", { type: "api_key", id: made.key_id }, by, body));
    return { id: made.key_id, text, expiresAt: made.expires_at };
  });
}

/** With all its keys, at once; also while the log takes no entries (`spool`). */
export async function revokeAgent(
  access: RevokeAccess,
  asked: { readonly tenant: TenantId; readonly agent: AgentId; readonly by: Asker },
): Promise<
  { readonly kind: "revoked" | "already"; readonly at: Instant; readonly keys: number } | { readonly kind: "unknown" }
> {
  return stopAnyway(access, true, (append) =>
    withOperator(access, async (operator) => {
      const tx = await enterLog(operator, asked.tenant);
      const found =
        tx === null ? null : await tx.maybe(sql`select * from identity.revoke_agent(${asked.agent}::uuid)`, revokedRow);
      if (tx === null || found === null) return { kind: "unknown" };
      const { keys, revoked_at: at, already } = found;
      if (!already || keys > 0)
        await append(tx, entryAbout("agent.revoke", { type: "agent", id: asked.agent }, asked.by, { keys }));
      return { kind: already ? "already" : "revoked", at, keys };
    }),
  );
}
