// Passkeys: added, listed, removed by their person; and used, once for each answer that weighs more than a session.

import { randomBytes } from "node:crypto";
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Append } from "#audit/io";
import { entryId, type EntryId, type Instant, type Json, type PersonId } from "#kernel";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import type { Person } from "../people.ts";
import { confirmationChallenge, type Confirmation } from "../step-up.ts";
import { isKeyName } from "../tagged-key.ts";
import type { Asker } from "./keys.ts";
import { personEntry } from "./person-entry.ts";
import { authenticationResponse, registrationResponse, transports } from "./webauthn.ts";

export type { Confirmation } from "../step-up.ts";

/** Where browsers find us: what a passkey is bound to, so that another site's page gets nothing signed. */
export interface PasskeyPlace {
  /** `https://countersign.example.com` */
  readonly origin: string;
  /** Its host name. A bare address cannot have passkeys: the standard wants a name. */
  readonly host: string;
}

export interface Passkey {
  readonly id: EntryId;
  readonly name: string;
  readonly addedAt: Instant;
  readonly lastUsedAt: Instant | null;
}

export type AddedPasskey =
  | { readonly kind: "added"; readonly id: EntryId }
  /** Not answered in five minutes, answered twice, made for somebody or somewhere else, or without a check of who holds it. */
  | { readonly kind: "not_verified" | "no_name" | "there_already" | "too_many" };

export interface Passkeys {
  /** False where people reach this server by a bare address. */
  possible(): boolean;
  /** What the browser is asked to make. null: this place cannot have passkeys. */
  begin(
    tx: TenantTx,
    person: Person,
  ): Promise<{ readonly challenge: EntryId; readonly options: PublicKeyCredentialCreationOptionsJSON } | null>;
  add(
    tx: TenantTx,
    person: Person,
    made: { readonly challenge: string; readonly name: string; readonly response: unknown; readonly by: Asker },
  ): Promise<AddedPasskey>;
  list(tx: TenantTx, person: PersonId): Promise<readonly Passkey[]>;
  remove(tx: TenantTx, person: Person, id: string, by: Asker): Promise<boolean>;
  /** What the browser is asked to sign. `no_passkey`: this person has none yet. */
  ask(
    tx: TenantTx,
    asked: Confirmation,
  ): Promise<
    | { readonly kind: "ask"; readonly challenge: EntryId; readonly options: PublicKeyCredentialRequestOptionsJSON }
    | { readonly kind: "no_passkey" | "no_place" }
  >;
  /** The passkey's id where the proof is of this person, over exactly this, and was not used before; null: it is not. */
  verify(tx: TenantTx, asked: Confirmation, proof: Json): Promise<string | null>;
}

const MOST = 10;
const NONCE_BYTES = 32;
const idColumn = branded(z.string(), entryId);
const bytesColumn = z.instanceof(Uint8Array);
const challengeRow = z.object({ challenge_id: idColumn });
const nonceRow = z.object({ nonce: bytesColumn });
const listedRow = z
  .object({ passkey_id: idColumn, name: z.string(), added_at: instantColumn, last_used_at: instantColumn.nullable() })
  .transform((row): Passkey => ({
    id: row.passkey_id,
    name: row.name,
    addedAt: row.added_at,
    lastUsedAt: row.last_used_at,
  }));
const keyRow = z.object({
  passkey_id: idColumn,
  credential: bytesColumn,
  public_key: bytesColumn,
  counter: z.number(),
  transports,
});
const proofShape = z.strictObject({ challenge: branded(z.string(), entryId), response: authenticationResponse });

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

export function createPasskeys({
  append,
  place,
}: {
  readonly append: Append;
  /** null: people reach this server by a bare address. */
  readonly place: () => PasskeyPlace | null;
}): Passkeys {
  const challenge = async (tx: TenantTx, person: PersonId, purpose: "register" | "step_up") => {
    const nonce = randomBytes(NONCE_BYTES);
    await tx.run(
      sql`delete from identity.challenge c where c.tenant_id = ${tx.tenantId}::uuid and c.person_id = ${person}::uuid and c.expires_at <= clock_timestamp()`,
    );
    const { challenge_id: id } = await tx.one(
      sql`insert into identity.challenge (tenant_id, person_id, purpose, nonce)
        values (${tx.tenantId}::uuid, ${person}::uuid, ${purpose}, ${nonce}) returning challenge_id`,
      challengeRow,
    );
    return { id, nonce };
  };

  /** Gone with the transaction that asks: two answers to one challenge are one. */
  const take = async (tx: TenantTx, id: string, person: PersonId, purpose: "register" | "step_up") => {
    const row = await tx.maybe(
      sql`delete from identity.challenge c where c.tenant_id = ${tx.tenantId}::uuid and c.challenge_id = ${id}::uuid
        and c.person_id = ${person}::uuid and c.purpose = ${purpose} and c.expires_at > clock_timestamp() returning c.nonce`,
      nonceRow,
    );
    return row?.nonce ?? null;
  };

  const keysOf = (tx: TenantTx, person: PersonId) =>
    tx.many(
      sql`select k.passkey_id, k.credential, k.public_key, k.counter, k.transports from identity.passkey k
        where k.tenant_id = ${tx.tenantId}::uuid and k.person_id = ${person}::uuid`,
      keyRow,
    );
  const named = (keys: Awaited<ReturnType<typeof keysOf>>) =>
    keys.map((key) => ({ id: base64url(key.credential), transports: key.transports }));

  return {
    possible: () => place() !== null,
    async begin(tx, person) {
      const at = place();
      if (at === null) return null;
      const { id, nonce } = await challenge(tx, person.person, "register");
      const options = await generateRegistrationOptions({
        rpName: "Countersign",
        rpID: at.host,
        userName: person.login,
        userID: own(Buffer.from(person.person)),
        challenge: own(nonce),
        attestationType: "none",
        excludeCredentials: named(await keysOf(tx, person.person)),
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      });
      return { challenge: id, options };
    },
    async add(tx, person, { challenge: given, name, response, by }) {
      const at = place();
      const id = entryId(given);
      const answer = registrationResponse.safeParse(response);
      if (!isKeyName(name)) return { kind: "no_name" };
      if (at === null || id === null || !answer.success) return { kind: "not_verified" };
      const nonce = await take(tx, id, person.person, "register");
      if (nonce === null) return { kind: "not_verified" };
      if ((await keysOf(tx, person.person)).length >= MOST) return { kind: "too_many" };
      const checked = await verifyRegistrationResponse({
        response: answer.data,
        expectedChallenge: base64url(nonce),
        expectedOrigin: at.origin,
        expectedRPID: at.host,
        requireUserVerification: true,
      }).catch(() => null);
      if (checked === null || !checked.verified) return { kind: "not_verified" };
      const { credential } = checked.registrationInfo;
      const row = await tx.maybe(
        sql`insert into identity.passkey (tenant_id, person_id, credential, public_key, counter, transports, name)
          values (${tx.tenantId}::uuid, ${person.person}::uuid, ${Buffer.from(credential.id, "base64url")}, ${Buffer.from(credential.publicKey)},
            ${credential.counter}, ${[...(credential.transports ?? [])]}::text[], ${name})
          on conflict do nothing returning passkey_id`,
        z.object({ passkey_id: idColumn }),
      );
      if (row === null) return { kind: "there_already" };
      const target = { type: "passkey", id: row.passkey_id } as const;
      await append(tx, personEntry({ kind: "passkey.add", person, by, target, body: { name, person: person.person } }));
      return { kind: "added", id: row.passkey_id };
    },
    list: (tx, person) =>
      tx.many(
        sql`select k.passkey_id, k.name, k.added_at, k.last_used_at from identity.passkey k
          where k.tenant_id = ${tx.tenantId}::uuid and k.person_id = ${person}::uuid order by k.passkey_id`,
        listedRow,
      ),
    async remove(tx, person, given, by) {
      const id = entryId(given);
      const gone =
        id === null
          ? 0
          : await tx.run(
              sql`delete from identity.passkey k where k.tenant_id = ${tx.tenantId}::uuid and k.person_id = ${person.person}::uuid and k.passkey_id = ${id}::uuid`,
            );
      if (id === null || gone === 0) return false;
      const target = { type: "passkey", id } as const;
      await append(tx, personEntry({ kind: "passkey.remove", person, by, target, body: { person: person.person } }));
      return true;
    },
    async ask(tx, asked) {
      const at = place();
      if (at === null) return { kind: "no_place" };
      const keys = await keysOf(tx, asked.person);
      if (keys.length === 0) return { kind: "no_passkey" };
      const { id, nonce } = await challenge(tx, asked.person, "step_up");
      const options = await generateAuthenticationOptions({
        rpID: at.host,
        challenge: own(confirmationChallenge(tx.tenantId, asked, nonce)),
        allowCredentials: named(keys),
        userVerification: "required",
      });
      return { kind: "ask", challenge: id, options };
    },
    async verify(tx, asked, proof) {
      const at = place();
      const given = proofShape.safeParse(proof);
      if (at === null || !given.success) return null;
      const nonce = await take(tx, given.data.challenge, asked.person, "step_up");
      if (nonce === null) return null;
      const key = (await keysOf(tx, asked.person)).find(
        ({ credential }) => base64url(credential) === given.data.response.id,
      );
      if (key === undefined) return null;
      const checked = await verifyAuthenticationResponse({
        response: given.data.response,
        expectedChallenge: base64url(confirmationChallenge(tx.tenantId, asked, nonce)),
        expectedOrigin: at.origin,
        expectedRPID: at.host,
        credential: {
          id: base64url(key.credential),
          publicKey: own(key.public_key),
          counter: key.counter,
          transports: key.transports,
        },
        requireUserVerification: true,
      }).catch(() => null);
      if (checked === null || !checked.verified || !checked.authenticationInfo.userVerified) return null;
      await tx.run(
        sql`update identity.passkey set counter = ${checked.authenticationInfo.newCounter}, last_used_at = now()
          where tenant_id = ${tx.tenantId}::uuid and passkey_id = ${key.passkey_id}::uuid`,
      );
      return key.passkey_id;
    },
  };
}
