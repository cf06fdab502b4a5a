// A client's people: added, listed, changed, removed by the operator; found by everybody who asks what somebody may do.

import sql from "sql-template-tag";
import { z } from "zod";
import { enterLog, stopAnyway, type Append } from "#audit/io";
import { Fault, personId, userId, type Instant, type Json, type PersonId, type TenantId, type UserId } from "#kernel";
import {
  branded,
  instantColumn,
  tenantIdColumn,
  withOperator,
  type OperatorOptions,
  type PlatformTx,
  type TenantTx,
} from "#platform/postgres";
import { isLogin, orderedRoles, ROLES, type Person, type Role } from "../people.ts";
import type { Asker, KeyAccess, RevokeAccess } from "./keys.ts";
import { personEntry } from "./person-entry.ts";

const personColumn = branded(z.string(), personId);
export const personRow = z
  .object({
    tenant_id: tenantIdColumn,
    person_id: personColumn,
    github_user: branded(z.number(), userId),
    login: z.string(),
    roles: z.array(z.enum(ROLES)),
  })
  .transform((row): Person => ({
    tenant: row.tenant_id,
    person: row.person_id,
    github: row.github_user,
    login: row.login,
    roles: orderedRoles(row.roles),
  }));
const listedRow = personRow.and(z.object({ added_at: instantColumn }));
export const PERSON_COLUMNS = sql`p.tenant_id, p.person_id, p.github_user, p.login, p.roles`;

/** With the roles of this moment. null: nobody of this tenant, or nobody any more. */
export const findPerson = (tx: TenantTx, person: PersonId): Promise<Person | null> =>
  tx.maybe(
    sql`select ${PERSON_COLUMNS} from identity.person p
      where p.tenant_id = ${tx.tenantId}::uuid and p.person_id = ${person}::uuid and p.removed_at is null`,
    personRow,
  );

export const personByGithub = (tx: TenantTx, account: UserId): Promise<Person | null> =>
  tx.maybe(
    sql`select ${PERSON_COLUMNS} from identity.person p
      where p.tenant_id = ${tx.tenantId}::uuid and p.github_user = ${account} and p.removed_at is null`,
    personRow,
  );

export interface ListedPerson extends Person {
  readonly addedAt: Instant;
}

export async function listPeople(tx: TenantTx): Promise<readonly ListedPerson[]> {
  const rows = await tx.many(
    sql`select ${PERSON_COLUMNS}, p.added_at from identity.person p
      where p.tenant_id = ${tx.tenantId}::uuid and p.removed_at is null order by lower(p.login)`,
    listedRow,
  );
  return rows.map(({ added_at: addedAt, ...person }) => ({ ...person, addedAt }));
}

/** A client that somebody may sign in to. */
export interface Membership {
  readonly tenant: TenantId;
  readonly prefix: string;
}

const membershipRow = z
  .object({ tenant_id: tenantIdColumn, prefix: z.string() })
  .transform((row): Membership => ({ tenant: row.tenant_id, prefix: row.prefix }));

/** Before it is known whose client it is. Active clients alone. */
export const clientsOf = (tx: PlatformTx, account: UserId): Promise<readonly Membership[]> =>
  tx.many(sql`select tenant_id, prefix from identity.clients_of(${account}::bigint)`, membershipRow);

export type AddedPerson =
  | { readonly kind: "added" | "changed" | "unchanged"; readonly person: Person }
  | { readonly kind: "no_tenant" };

const idRow = z.object({ person_id: personColumn });

/** Also for somebody who is there, or was: roles become exactly these. The row and its entry are one commit. */
export async function putPerson(
  access: KeyAccess,
  asked: {
    readonly tenant: TenantId;
    readonly github: UserId;
    readonly login: string;
    readonly roles: readonly Role[];
    readonly by: Asker;
  },
): Promise<AddedPerson> {
  const roles = orderedRoles(asked.roles);
  if (roles.length === 0 || !isLogin(asked.login))
    throw new Fault("input_invalid", "A person was asked for without a role, or with a login that is none.");
  return withOperator(access, async (operator): Promise<AddedPerson> => {
    const tx = await enterLog(operator, asked.tenant);
    if (tx === null) return { kind: "no_tenant" };
    const before = await personByGithub(tx, asked.github);
    const { person_id: id } = await tx.one(
      sql`insert into identity.person (tenant_id, github_user, login, roles)
        values (${tx.tenantId}::uuid, ${asked.github}, ${asked.login}, ${roles}::text[])
        on conflict (tenant_id, github_user) do update set login = excluded.login, roles = excluded.roles, removed_at = null
        returning person_id`,
      idRow,
    );
    const person: Person = { tenant: tx.tenantId, person: id, github: asked.github, login: asked.login, roles };
    if (before !== null && before.roles.join() === roles.join()) return { kind: "unchanged", person };
    await access.append(
      tx,
      personEntry({
        kind: before === null ? "person.add" : "person.change",
        person,
        by: asked.by,
        body: { roles, before: before?.roles ?? [] },
      }),
    );
    return { kind: before === null ? "added" : "changed", person };
  });
}

/** Gives what was theirs to somebody else, in the same transaction (T15); what it says stands in the entry. Room tickets fills it. */
type HandOver<Handed> = (tx: TenantTx, person: PersonId) => Promise<Handed>;

/** Takes power away: also with a log that takes no entries. Their sessions end in the same commit. */
export const removePerson = <H extends Readonly<Record<string, Json>>>(
  access: RevokeAccess & { readonly handOver: HandOver<H> },
  asked: { readonly tenant: TenantId; readonly person: PersonId; readonly by: Asker },
): Promise<{ readonly kind: "removed"; readonly person: Person; readonly handed: H } | { readonly kind: "unknown" }> =>
  stopAnyway(access, true, (append: Append) =>
    withOperator(access, async (operator) => {
      const tx = await enterLog(operator, asked.tenant);
      const person = tx === null ? null : await findPerson(tx, asked.person);
      if (tx === null || person === null) return { kind: "unknown" };
      await tx.run(
        sql`update identity.person set roles = '{}', removed_at = now()
          where tenant_id = ${tx.tenantId}::uuid and person_id = ${person.person}::uuid`,
      );
      // After the row: nobody is given what a person leaves who is nobody any more.
      const handed = await access.handOver(tx, person.person);
      await append(
        tx,
        personEntry({ kind: "person.remove", person, by: asked.by, body: { roles: [], before: person.roles, handed } }),
      );
      return { kind: "removed", person, handed };
    }),
  );

/** With the operator's rights, by prefix's tenant. */
export const peopleOf = (access: OperatorOptions, tenant: TenantId): Promise<readonly ListedPerson[]> =>
  withOperator(access, async (operator) => {
    const tx = await enterLog(operator, tenant);
    return tx === null ? [] : listPeople(tx);
  });
