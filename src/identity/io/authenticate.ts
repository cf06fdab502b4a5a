// From the text that stands where a key belongs to the agent that it is.

import sql from "sql-template-tag";
import { z } from "zod";
import { agentId, entryId, Fault, type AgentId, type EntryId, type PersonId, type UserId } from "#kernel";
import { branded, tenantIdColumn, type Database, type TenantTx } from "#platform/postgres";
import type { AgentPrincipal } from "../agent.ts";
import { isKeyText, KEY_TAG } from "../api-key.ts";
import { keyHash } from "../tagged-key.ts";
import { readAgent } from "./agents.ts";
import { useKey } from "./keys.ts";
import type { NamedAgent, VerifyToken } from "./tokens.ts";

/** null: nobody's. Throws only when nobody can tell: the database or the issuer is away. */
export type Authenticate = (bearer: string) => Promise<AgentPrincipal | null>;

export interface AuthenticateParts {
  readonly db: Database;
  /** null: no issuer is configured, and a token is nobody's. */
  readonly tokens: VerifyToken | null;
  /** The person of this account, in the transaction's tenant; null: nobody we know. */
  readonly requesterOf: (
    tx: TenantTx,
    account: UserId,
  ) => Promise<{ readonly person: PersonId; readonly login: string } | null>;
}

const keyRow = z
  .object({ tenant_id: tenantIdColumn, key_id: branded(z.string(), entryId), agent_id: branded(z.string(), agentId) })
  .transform((row) => ({ tenant: row.tenant_id, key: row.key_id, agent: row.agent_id }));

/**
 * INVARIANT: tenant and agent come from the database, or from a token that the issuer signed; nothing else in a request names them.
 * INVARIANT: unknown, mistyped, expired, revoked and foreign keys and tokens, revoked agents and tenants that are not active are one
 * answer. Asked anew for every request: what is revoked is over with its commit.
 */
export function createAuthenticate({ db, tokens, requesterOf }: AuthenticateParts): Authenticate {
  const named = async (bearer: string): Promise<(NamedAgent & { readonly key: EntryId | null }) | null> => {
    if (isKeyText(bearer))
      return db.withPlatform((tx) =>
        tx.maybe(sql`select * from identity.agent_of_key(${Buffer.from(keyHash(bearer))})`, keyRow),
      );
    // What looks like one of our keys is not shown to a parser of tokens.
    if (tokens === null || bearer.startsWith(KEY_TAG)) return null;
    const said = await tokens(bearer);
    return said === null ? null : { ...said, key: null };
  };

  return async (bearer) => {
    const who = await named(bearer);
    const claim = who === null ? null : await db.claimFor(who.tenant);
    if (who === null || claim === null) return null;
    try {
      return await db.withTenant(claim, async (tx) => {
        if (who.key !== null && !(await useKey(tx, who.key))) return null;
        const agent = await agentNow(tx, who.agent, requesterOf);
        return agent === null || who.key === null ? agent : { ...agent, key: who.key };
      });
    } catch (error) {
      // Suspended between the claim and its use.
      if (error instanceof Fault && error.code === "tenant_inactive") return null;
      throw error;
    }
  };
}

/**
 * Whether what it has asked for may go on: neither the agent nor the key that it asked with was revoked. A key that only ran out, or was
 * followed by another, takes nothing back.
 */
export async function stillAsks(tx: TenantTx, { agent, key }: Pick<AgentPrincipal, "agent" | "key">): Promise<boolean> {
  const { ok } = await tx.one(
    sql`select identity.still_asks(${agent}::uuid, ${key ?? null}::uuid) as ok`,
    z.object({ ok: z.boolean() }),
  );
  return ok;
}

/** As it is now. null: there is none of that id, or it was revoked. */
export async function agentNow(
  tx: TenantTx,
  agent: AgentId,
  requesterOf: AuthenticateParts["requesterOf"],
): Promise<AgentPrincipal | null> {
  const found = await readAgent(tx, agent);
  if (found === null || found.revokedAt !== null) return null;
  const requester = await requesterOf(tx, found.requester);
  return {
    tenant: tx.tenantId,
    agent: found.id,
    name: found.name,
    requester: requester?.person ?? null,
    requesterName: requester?.login ?? `github:${found.requester}`,
    tools: found.tools,
  };
}
