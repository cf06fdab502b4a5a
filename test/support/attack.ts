import pg from "pg";
import type { Json } from "#kernel";
import type { NewEntry } from "#audit";
import { enterLog } from "#audit/io";
import { withOperator, type TenantTx } from "#platform/postgres";
import type { TestDatabase, TestTenant } from "./database.ts";

/** What the database said: the rows, or the SQLSTATE with which it refused. */
export type Answer =
  | { readonly rows: readonly Record<string, unknown>[]; readonly count: number }
  | { readonly refused: string; readonly message: string };

/** Whatever statements an attacker gets into the app's session, run one after the other in one transaction under a claim. */
export async function attack(
  client: pg.Client,
  claim: string,
  ...statements: readonly (string | readonly [string, readonly unknown[]])[]
): Promise<Answer> {
  await client.query("begin");
  try {
    await client.query("select set_config('app.claim', $1, true)", [claim]);
    let last: pg.QueryResult<Record<string, unknown>> | null = null;
    for (const statement of statements) {
      const [text, values] = typeof statement === "string" ? [statement, []] : statement;
      last = await client.query<Record<string, unknown>>(text, [...values]);
    }
    await client.query("commit");
    return { rows: last?.rows ?? [], count: last?.rowCount ?? 0 };
  } catch (error) {
    await client.query("rollback");
    if (error instanceof pg.DatabaseError && error.code !== undefined)
      return { refused: error.code, message: error.message };
    throw error;
  }
}

export function sampleEntry(body: Json = "x", over: Partial<NewEntry> = {}): NewEntry {
  return {
    kind: "gate.verdict",
    outcome: "success",
    observer: { type: "app", id: "countersign" },
    initiator: { type: "human", id: "7" },
    target: { type: "pull_request", id: "1/2" },
    requestId: "r1",
    body,
    ...over,
  };
}

/** In a tenant's log with the operator's rights, as the operator's own commands work. */
export const asOperator = <T>(t: TestDatabase, tenant: TestTenant, work: (tx: TenantTx) => Promise<T>): Promise<T> =>
  withOperator(t.operator, async (operator) => {
    const tx = await enterLog(operator, tenant.id);
    if (tx === null) throw new Error(`the tenant ${tenant.prefix} is not active`);
    return work(tx);
  });

export interface Scene {
  readonly acme: TestTenant;
  readonly globex: TestTenant;
  /** The app's own login, in the attacker's hands. */
  readonly app: pg.Client;
  /** A superuser's session. */
  readonly superuser: pg.Client;
}

/** Two tenants with one entry each beyond their onboarding, and the two connections. */
export async function scene(t: TestDatabase): Promise<Scene> {
  const acme = await t.tenant("acme", 1);
  const globex = await t.tenant("globex", 2);
  for (const tenant of [acme, globex])
    await t.db.withTenant(tenant.claim, (tx) => t.append(tx, sampleEntry(tenant.prefix)));
  return { acme, globex, app: await t.appClient(), superuser: await t.adminClient() };
}
