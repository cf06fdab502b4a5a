// What doctor says of a database, and of whatever else can fail while it is asked.

import sql from "sql-template-tag";
import { z } from "zod";
import { guardState, monthsAhead } from "#audit/io";
import type { Findings } from "#cli";
import { Fault, known, unknown, type Known } from "#kernel";
import type { Database } from "#platform/postgres";
import { claimAccepted } from "./claims.ts";

/** What is expected to go wrong here is a finding; only a bug still throws. */
export async function finding<T>(ask: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await ask());
  } catch (error) {
    if (error instanceof Fault) return unknown(error.message);
    if (error instanceof z.ZodError) return unknown("the answer has another shape than GitHub documents");
    throw error;
  }
}

const roleRow = z.object({
  role: z.string(),
  excess: z.array(z.string()),
  off: z.array(z.string()),
  blind: z.boolean(),
});

/** With the server's own login, as the server reads it. */
export async function databaseFinding(
  database: Database,
): Promise<Findings["database"] extends Known<infer T> ? T : never> {
  const { role, excess, off, blind } = await database.withPlatform((tx) =>
    tx.one(
      sql`select session_user::text as role,
        array(select v.verb || ' ' || c.oid::regclass::text from pg_class c cross join (values ('UPDATE'), ('DELETE'), ('TRUNCATE')) as v(verb)
          where c.relnamespace = 'audit'::regnamespace and c.relname in ('entry', 'body', 'leaf', 'tile', 'checkpoint') and c.relkind in ('r', 'p')
            and has_table_privilege(session_user, c.oid, v.verb)) as excess,
        array(select t.tgrelid::regclass::text || ' ' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
          where c.relnamespace = 'audit'::regnamespace and t.tgname in ('append_only', 'no_truncate', 'durable_commit') and t.tgenabled <> 'A' and not c.relispartition) as off,
        not exists (select from pg_roles where rolname = 'countersign_verifier' and rolbypassrls) as blind`,
      roleRow,
    ),
  );
  const guards = await finding(() => database.withPlatform(guardState));
  return {
    role,
    guards: guards.known ? known({ drift: guards.value.drift.length, refusing: guards.value.refusing }) : guards,
    monthsAhead: await finding(() => database.withPlatform(monthsAhead)),
    auditExcess: excess,
    auditTriggersOff: off,
    verifierBlind: blind,
    claimAccepted: await claimAccepted(database),
  };
}
