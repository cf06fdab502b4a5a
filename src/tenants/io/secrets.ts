// A client's credentials: sealed one by one under its own key, and told in its log by name. Setting and rotating are the operator's.

import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Party } from "#audit";
import type { Append } from "#audit/io";
import { Fault, type TenantId } from "#kernel";
import { envContext } from "#keys";
import { lock, unlock, type Keys } from "#keys/io";
import { withOperator, type OperatorOptions, type TenantTx } from "#platform/postgres";
import { formatEnvFile, parseEnvFile, type SealedEnv, type SealedValue } from "../env-file.ts";
import { registerFile } from "./assets/register.ts";
import { MOST_BYTES, type Clients } from "./clients.ts";
import { claimFactsRow, type By } from "./registry.ts";

export interface SecretAccess extends OperatorOptions {
  readonly append: Append;
  readonly keys: Keys;
  readonly clients: Clients;
}

export interface Whose {
  readonly tenant: TenantId;
  readonly prefix: string;
}

export type Written =
  | { readonly kind: "written"; readonly names: readonly string[]; readonly replaced: boolean }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** A value, opened. It stays in this process; `reveal` says where it is used. */
export type Opened =
  | { readonly kind: "opened"; readonly reveal: () => string }
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** How long a key that was replaced opens what it sealed, in copies of the file. */
const OPENS_FOR_DAYS = 90;
const OBSERVER: Party = { type: "app", id: "countersign" };

export async function readEnv(clients: Clients, prefix: string): Promise<ReturnType<typeof parseEnvFile>> {
  const read = await clients.readEnv(prefix);
  switch (read.kind) {
    case "absent":
      return { kind: "env", values: new Map() };
    case "refused":
      return { kind: "refused", problems: [read.why] };
    case "text":
      return parseEnvFile(prefix, read.text);
  }
}

export const setSecret = (
  access: SecretAccess,
  asked: Whose & { readonly name: string; readonly value: string; readonly by: By },
): Promise<Written> =>
  change(access, asked, "secret.set", async (tx, before) => {
    const { name, value } = asked;
    const sealed = await seal(access.keys, tx, name, value);
    return { values: new Map(before).set(name, sealed), names: [name], replaced: before.has(name) };
  });

/** `names` is empty where there was none of that name. */
export const removeSecret = (
  access: SecretAccess,
  asked: Whose & { readonly name: string; readonly by: By },
): Promise<Written> =>
  change(access, asked, "secret.remove", async (_, before) => {
    const values = new Map(before);
    const there = values.delete(asked.name);
    return { values, names: there ? [asked.name] : [], replaced: there };
  });

/** A new key, and each value sealed under it. The old key opens what backups hold; destroying the tenant's key ends both. */
export const rotateSecrets = (access: SecretAccess, asked: Whose & { readonly by: By }): Promise<Written> =>
  change(access, asked, "secret.rotate", async (tx, before) => {
    const open = new Map<string, string>();
    for (const [name, value] of before) {
      const opened = await openValue(access.keys, tx, name, value);
      if (opened.kind !== "opened")
        throw new Fault(
          "keys_unavailable",
          `${name} of ${asked.prefix} does not open. Nothing was changed: set it anew, or remove it first.`,
        );
      open.set(name, opened.reveal());
    }
    await access.keys.retireEnv(tx);
    // Of the rotations before: what they sealed is in backups of the file that are older than that.
    await access.keys.endEnv(tx, OPENS_FOR_DAYS);
    const values = new Map<string, SealedValue>();
    for (const [name, value] of open) values.set(name, await seal(access.keys, tx, name, value));
    return { values, names: [...values.keys()], replaced: true };
  });

/** One value, for use now. */
export async function openSecret(
  { clients, keys }: Pick<SecretAccess, "clients" | "keys">,
  tx: TenantTx,
  { prefix, name }: { readonly prefix: string; readonly name: string },
): Promise<Opened> {
  const env = await readEnv(clients, prefix);
  if (env.kind === "refused") return env;
  const value = env.values.get(name);
  return value === undefined ? { kind: "absent" } : openValue(keys, tx, name, value);
}

interface Change {
  readonly values: SealedEnv;
  readonly names: readonly string[];
  readonly replaced: boolean;
}

/**
 * The entry first, then the file: a change that nobody was told of cannot be. Whoever is cut off in between does it again: what the
 * file had still opens, since a key that was retired opens what it sealed.
 */
async function change(
  access: SecretAccess,
  asked: Whose & { readonly by: By },
  kind: "secret.set" | "secret.remove" | "secret.rotate",
  decide: (tx: TenantTx, before: SealedEnv) => Promise<Change>,
): Promise<Written> {
  const { tenant, prefix } = asked;
  return withOperator(access, async (lock): Promise<Written> => {
    // Until the file is there: two at the same moment would each write one without the other's value.
    await lock.one(
      sql`select pg_advisory_xact_lock(hashtext(${tenant}), hashtext('environment'))::text as locked`,
      z.object({ locked: z.string() }),
    );
    const before = await readEnv(access.clients, prefix);
    if (before.kind === "refused") return before;
    const changed = await told(access, asked, kind, (tx) => decide(tx, before.values));
    if (changed.kind === "refused") return changed;
    const { values, names, replaced } = changed;
    try {
      if (names.length > 0) await access.clients.writeEnv(prefix, formatEnvFile(prefix, values));
    } catch (error) {
      throw new Fault(
        "config_invalid",
        `The log of ${prefix} says what was to be done (${kind}), but its file could not be written, and is as it was. Put that right and do it again.`,
        { cause: error },
      );
    }
    return { kind: "written", names, replaced };
  });
}

type Told = ({ readonly kind: "told" } & Change) | Extract<Written, { readonly kind: "refused" }>;

/** What is decided, with its entry and the keys it needs, in one transaction. */
async function told(
  access: SecretAccess,
  { tenant, prefix, by }: Whose & { readonly by: By },
  kind: "secret.set" | "secret.remove" | "secret.rotate",
  decide: (tx: TenantTx) => Promise<Change>,
): Promise<Told> {
  return withOperator(access, async (operator): Promise<Told> => {
    const facts = await operator.maybe(sql`select * from platform.claim_facts(${tenant}::uuid)`, claimFactsRow);
    if (facts === null) return { kind: "refused", problems: [`The tenant ${prefix} is not active any more.`] };
    const tx = await operator.enter(facts);
    const change = await decide(tx);
    const bytes = formatEnvFile(prefix, change.values).length;
    if (bytes > MOST_BYTES)
      return {
        kind: "refused",
        problems: [
          `The file would have ${bytes} bytes, more than the ${MOST_BYTES} that are read again. Nothing was changed.`,
        ],
      };
    if (change.names.length > 0) {
      await registerFile(
        operator,
        { tenant, prefix },
        { path: ".env", digest: createHash("sha256").update(formatEnvFile(prefix, change.values)).digest() },
      );
      await access.append(tx, {
        kind,
        outcome: "success",
        observer: OBSERVER,
        initiator: by.operator,
        target: { type: "tenant", id: tenant },
        requestId: by.requestId,
        body: { names: [...change.names], keys: [...new Set([...change.values.values()].map(({ keyId }) => keyId))] },
      });
    }
    return { kind: "told", ...change };
  });
}

async function seal(keys: Keys, tx: TenantTx, name: string, value: string): Promise<SealedValue> {
  const dek = await keys.sealing(tx, { purpose: "env" });
  const sealed = lock(dek.key, Buffer.from(value, "utf8"), envContext(tx.tenantId, name));
  await keys.sealed(tx, dek.id, 1);
  return { keyId: dek.id, sealed: sealed.toString("base64url") };
}

/** A value of an environment that was read already. */
export async function openValue(
  keys: Keys,
  tx: TenantTx,
  name: string,
  { keyId, sealed }: SealedValue,
): Promise<Opened> {
  const key = (await keys.opening(tx, [keyId])).get(keyId);
  const plain =
    key?.kind === "key" ? unlock(key.key, Buffer.from(sealed, "base64url"), envContext(tx.tenantId, name)) : null;
  if (plain !== null) return { kind: "opened", reveal: () => plain.toString("utf8") };
  const why =
    key?.kind === "destroyed"
      ? "its key was destroyed"
      : "it was sealed for another tenant or another name, or was altered";
  return { kind: "refused", problems: [`${name} does not open: ${why}. Set it anew.`] };
}
