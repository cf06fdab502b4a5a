// Whose account in Slack is whose here. INVARIANT (N7): bound by a code that a signed-in person was shown and that was typed with that
// account: never by a name or an address, which anybody can give themselves.

import { createHash, randomInt } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Append } from "#audit/io";
import type { PersonId } from "#kernel";
import { instantColumn, type TenantTx } from "#platform/postgres";
import type { Instant } from "#kernel";
import type { Person } from "../people.ts";
import type { Asker } from "./keys.ts";
import { PERSON_COLUMNS, personRow } from "./people.ts";
import { personEntry } from "./person-entry.ts";

/** Of a workspace; both are Slack's own and stable. */
export interface SlackAccount {
  readonly team: string;
  readonly user: string;
}

export interface LinkedSlack extends SlackAccount {
  readonly linkedAt: Instant;
}

/** No letter or digit that is taken for another one. 32 of them: 5 bits each. */
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/** 60 bits: within ten minutes nobody tries a part of them worth naming, at the rate at which commands are taken. */
const LENGTH = 12;
const CODE = /^[A-HJ-NP-Z2-9]{12}$/;

const digestOf = (code: string): Buffer => createHash("sha256").update(`countersign/slack-code/v1\n${code}`).digest();

/** What the person types in Slack, once; the one that they were shown before is worth nothing any more. */
export async function showSlackCode(tx: TenantTx, person: PersonId): Promise<string> {
  const code = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  await tx.run(sql`insert into identity.slack_code (tenant_id, person_id, sha256)
    values (${tx.tenantId}, ${person}, ${digestOf(code)})
    on conflict (tenant_id, person_id) do update set sha256 = excluded.sha256, expires_at = now() + interval '10 minutes'`);
  return code.replace(/.{4}(?=.)/g, "$&-");
}

/** null: no such code, or not any more. An account that was somebody else's is theirs no longer. */
export async function takeSlackCode(
  append: Append,
  tx: TenantTx,
  asked: { readonly code: string; readonly account: SlackAccount; readonly requestId: string },
): Promise<Person | null> {
  const code = asked.code.toUpperCase().replaceAll("-", "");
  if (!CODE.test(code)) return null;
  const { team, user } = asked.account;
  const taken = await tx.maybe(
    sql`delete from identity.slack_code where tenant_id = ${tx.tenantId} and sha256 = ${digestOf(code)}
      returning person_id, expires_at > now() as good`,
    z.object({ person_id: z.string(), good: z.boolean() }),
  );
  if (taken === null || !taken.good) return null;
  await tx.run(sql`insert into identity.slack_account (tenant_id, team, slack_user, person_id)
    values (${tx.tenantId}, ${team}, ${user}, ${taken.person_id}::uuid)
    on conflict (tenant_id, team, slack_user) do update set person_id = excluded.person_id, linked_at = now()`);
  const person = await personBySlack(tx, asked.account);
  if (person === null) return null;
  const by = { initiator: { type: "human", id: person.person }, requestId: asked.requestId } as const;
  await append(tx, personEntry({ kind: "person.slack", person, by, body: { linked: true, team, user } }));
  return person;
}

/** With the roles of this moment. null: nobody's account, or of somebody who has left. */
export const personBySlack = (tx: TenantTx, { team, user }: SlackAccount): Promise<Person | null> =>
  tx.maybe(
    sql`select ${PERSON_COLUMNS} from identity.person p
      join identity.slack_account s on s.tenant_id = p.tenant_id and s.person_id = p.person_id
      where s.tenant_id = ${tx.tenantId} and s.team = ${team} and s.slack_user = ${user} and p.removed_at is null`,
    personRow,
  );

const linkedRow = z
  .object({ team: z.string(), slack_user: z.string(), linked_at: instantColumn })
  .transform((row): LinkedSlack => ({ team: row.team, user: row.slack_user, linkedAt: row.linked_at }));

export const slackAccounts = (tx: TenantTx, person: PersonId): Promise<readonly LinkedSlack[]> =>
  tx.many(
    sql`select team, slack_user, linked_at from identity.slack_account
      where tenant_id = ${tx.tenantId} and person_id = ${person} order by linked_at desc`,
    linkedRow,
  );

/** False: it was not this person's. */
export async function unlinkSlack(
  append: Append,
  tx: TenantTx,
  asked: { readonly person: Person; readonly account: SlackAccount; readonly by: Asker },
): Promise<boolean> {
  const { person, account, by } = asked;
  const gone = await tx.run(sql`delete from identity.slack_account
    where tenant_id = ${tx.tenantId} and team = ${account.team} and slack_user = ${account.user} and person_id = ${person.person}`);
  if (gone !== 1) return false;
  await append(tx, personEntry({ kind: "person.slack", person, by, body: { linked: false, ...account } }));
  return true;
}
