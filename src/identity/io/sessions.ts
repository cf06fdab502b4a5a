// Sessions: one person's in one client, on this side alone. Ended by their person, by time, by a lost role, by a suspended client.

import { createHash, randomBytes } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Append } from "#audit/io";
import { entryId, instantOfMillis, userId, type PersonId, type UserId } from "#kernel";
import { branded, instantColumn, type PlatformTx, type TenantTx } from "#platform/postgres";
import { cookieText, csrfOf, parseCookie, secretHash, SESSION, type Session } from "../session.ts";
import { SECRET_BYTES } from "../tagged-key.ts";
import type { Asker } from "./keys.ts";
import { PERSON_COLUMNS, personRow } from "./people.ts";
import { personEntry } from "./person-entry.ts";

const idRow = z.object({ session_id: branded(z.string(), entryId) });
const sessionRow = personRow.and(
  z.object({ session_id: branded(z.string(), entryId), created_at: instantColumn, seen: z.boolean() }),
);

const seconds = (ms: number) => sql`make_interval(secs => ${ms / 1000}::double precision)`;
const ALIVE = sql`s.ended_at is null and s.epoch = identity.tenant_epoch()
  and s.seen_at > clock_timestamp() - ${seconds(SESSION.idleMs)} and s.created_at > clock_timestamp() - ${seconds(SESSION.wholeMs)}`;

/**
 * A new secret for each login: one that somebody planted in the browser before is worth nothing. null: nobody of this tenant any more.
 * The row and its entry are one commit.
 */
export async function openSession(
  tx: TenantTx,
  append: Append,
  asked: { readonly account: UserId; readonly login: string; readonly requestId: string },
): Promise<{ readonly text: string; readonly person: PersonId } | null> {
  const person = await tx.maybe(
    sql`update identity.person p set login = ${asked.login}
      where p.tenant_id = ${tx.tenantId}::uuid and p.github_user = ${asked.account} and p.removed_at is null
      returning ${PERSON_COLUMNS}`,
    personRow,
  );
  if (person === null) return null;
  const secret = randomBytes(SECRET_BYTES);
  // What is over is kept nowhere: the log has it.
  await tx.run(
    sql`delete from identity.session s where s.tenant_id = ${tx.tenantId}::uuid and s.person_id = ${person.person}::uuid and not (${ALIVE})`,
  );
  const { session_id: session } = await tx.one(
    sql`insert into identity.session (tenant_id, person_id, sha256)
      values (${tx.tenantId}::uuid, ${person.person}::uuid, ${Buffer.from(secretHash(secret.toString("hex")))}) returning session_id`,
    idRow,
  );
  await append(
    tx,
    personEntry({
      kind: "person.login",
      person,
      by: { initiator: { type: "human", id: person.person }, requestId: asked.requestId },
      body: { how: "github", session, roles: person.roles },
    }),
  );
  return { text: cookieText(tx.tenantId, secret), person: person.person };
}

/** Whose session it is, with the roles of this moment; null for unknown, ended, expired and another client's alike. */
export async function readSession(tx: TenantTx, text: string): Promise<Session | null> {
  const cookie = parseCookie(text);
  if (cookie === null || cookie.tenant !== tx.tenantId) return null;
  const hash = Buffer.from(secretHash(cookie.secret));
  const found = await tx.maybe(
    sql`select ${PERSON_COLUMNS}, s.session_id, s.created_at, s.seen_at > clock_timestamp() - interval '1 minute' as seen
      from identity.session s join identity.person p on p.tenant_id = s.tenant_id and p.person_id = s.person_id
      where s.tenant_id = ${tx.tenantId}::uuid and s.sha256 = ${hash} and p.removed_at is null and ${ALIVE}`,
    sessionRow,
  );
  if (found === null) return null;
  const { session_id: session, created_at: createdAt, seen, ...person } = found;
  if (!seen)
    await tx.run(
      sql`update identity.session set seen_at = now() where tenant_id = ${tx.tenantId}::uuid and session_id = ${session}::uuid`,
    );
  return {
    session,
    person,
    createdAt,
    endsAt: instantOfMillis(createdAt + SESSION.wholeMs),
    csrf: csrfOf(cookie.secret),
  };
}

/** `how`: somebody signed out, or signed in anew in the same browser. */
export async function endSession(
  tx: TenantTx,
  append: Append,
  { session, how, by }: { readonly session: Session; readonly how: "logout" | "login"; readonly by: Asker },
): Promise<void> {
  const ended = await tx.run(
    sql`update identity.session set ended_at = now()
      where tenant_id = ${tx.tenantId}::uuid and session_id = ${session.session}::uuid and ended_at is null`,
  );
  if (ended === 1)
    await append(
      tx,
      personEntry({ kind: "person.logout", person: session.person, by, body: { how, session: session.session } }),
    );
}

const choiceRow = z
  .object({ github_user: branded(z.number(), userId), login: z.string() })
  .transform((row) => ({ account: row.github_user, login: row.login }));
const CHOICE = /^[0-9a-f]{64}$/;
const choiceHash = (text: string): Buffer => createHash("sha256").update(`countersign/choice/v1\n${text}`).digest();

export interface Chooser {
  readonly account: UserId;
  readonly login: string;
}

/** For whom belongs to several clients: the text that this browser chooses with, once. */
export async function beginChoice(tx: PlatformTx, { account, login }: Chooser): Promise<string> {
  const text = randomBytes(SECRET_BYTES).toString("hex");
  await tx.one(
    sql`select identity.begin_choice(${choiceHash(text)}, ${account}::bigint, ${login}) is null as begun`,
    z.object({ begun: z.boolean() }),
  );
  return text;
}

export const openChoice = async (tx: PlatformTx, text: string): Promise<Chooser | null> =>
  CHOICE.test(text) ? tx.maybe(sql`select * from identity.open_choice(${choiceHash(text)})`, choiceRow) : null;

export const takeChoice = async (tx: PlatformTx, text: string): Promise<Chooser | null> =>
  CHOICE.test(text) ? tx.maybe(sql`select * from identity.take_choice(${choiceHash(text)})`, choiceRow) : null;
