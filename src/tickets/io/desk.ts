// How a client's tickets are treated: whose they are from their first moment, where its owners are reached, which number comes next.

import { randomBytes } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, type PersonId } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import { addHours, newestHours } from "./calendars.ts";
import { OFFICE_HOURS, TARGET } from "../office.ts";
import { DEFAULT_LABEL } from "../sources/github.ts";
import { deskEntry, TIMER } from "./entries.ts";
import { bytes, personColumn } from "./rows.ts";
import type { TicketsDeps } from "./types.ts";

export interface Desk {
  readonly defaultOwner: PersonId;
  /** Of marks. */
  readonly key: Uint8Array;
  /** `mail:ops@acme.com`, `slack:T1/C2`: where owners hear that time is over. */
  readonly pages: readonly string[];
  readonly quiet: boolean;
  /** Of GitHub: makes an issue a ticket. */
  readonly label: string;
}

type Deps = Pick<TicketsDeps, "keys" | "append">;

const KEY = 32;
const keyPlace = (tx: TenantTx) => ({ column: "tickets.desk.index_key", row: tx.tenantId });
const pagesPlace = (tx: TenantTx) => ({ column: "tickets.desk.pages", row: tx.tenantId });
const keyShape = z.strictObject({ key: z.string() });
const pagesShape = z.strictObject({ pages: z.array(z.string()).readonly() });

const row = z.object({
  default_owner: personColumn,
  index_key: bytes,
  pages: bytes.nullable(),
  quiet: z.boolean(),
  label: z.string(),
});
const SELECT = sql`select default_owner, index_key, pages, quiet, label from tickets.desk`;

export async function readDesk(keys: Keys, tx: TenantTx): Promise<Desk | null> {
  const found = await tx.maybe(sql`${SELECT} where tenant_id = ${tx.tenantId}`, row);
  return found === null ? null : opened(keys, tx, found);
}

/** Made with the client's first ticket, and held until the transaction ends: what opens or hears waits for its turn. */
export async function lockedDesk(deps: Deps, tx: TenantTx): Promise<Desk> {
  const there = await tx.maybe(sql`${SELECT} where tenant_id = ${tx.tenantId} for update`, row);
  if (there !== null) return opened(deps.keys, tx, there);
  const owner = await firstOwner(tx);
  // INVARIANT (S1): without anybody who could own it, nothing is opened; whoever heard it tries again.
  if (owner === null)
    throw new Fault(
      "tickets_unowned",
      "This client has nobody who could own a ticket. Add a person: countersign person add.",
    );
  const key = await sealColumn(deps.keys, tx, keyPlace(tx), { key: randomBytes(KEY).toString("base64") });
  const made = await tx.run(sql`insert into tickets.desk (tenant_id, default_owner, index_key)
    values (${tx.tenantId}, ${owner}, ${key}) on conflict (tenant_id) do nothing`);
  if (made === 1) {
    await deps.append(
      tx,
      deskEntry(tx.tenantId, { kind: "ticket.desk", action: "made", by: TIMER, body: { defaultOwner: owner } }),
    );
    if ((await newestHours(tx)) === null) {
      const version = await addHours(tx, OFFICE_HOURS, TARGET);
      const body = { version, before: 0, calendar: z.json().parse(OFFICE_HOURS), targetMs: TARGET };
      await deps.append(tx, deskEntry(tx.tenantId, { kind: "calendar.set", action: "made", by: TIMER, body }));
    }
  }
  return opened(deps.keys, tx, await tx.one(sql`${SELECT} where tenant_id = ${tx.tenantId} for update`, row));
}

async function opened(keys: Keys, tx: TenantTx, found: z.infer<typeof row>): Promise<Desk> {
  const key = await openColumn(keys, tx, keyPlace(tx), found.index_key);
  if (key.kind === "destroyed")
    throw new Fault("keys_unavailable", "By what this client's tickets are found was erased with its key.");
  const pages = found.pages === null ? null : await openColumn(keys, tx, pagesPlace(tx), found.pages);
  return {
    defaultOwner: found.default_owner,
    key: Buffer.from(keyShape.parse(key.value).key, "base64"),
    pages: pages?.kind === "open" ? pagesShape.parse(pages.value).pages : [],
    quiet: found.quiet,
    label: found.label,
  };
}

/** Also of a client that has no ticket yet. */
export const labelOf = async (tx: TenantTx): Promise<string> =>
  (
    await tx.maybe(
      sql`select label from tickets.desk where tenant_id = ${tx.tenantId}`,
      z.object({ label: z.string() }),
    )
  )?.label ?? DEFAULT_LABEL;

/** Whether there is a place where owners are paged; which one is sealed. Also of a client that has no ticket yet. */
export const hasPages = async (tx: TenantTx): Promise<boolean> =>
  (await tx.maybe(
    sql`select true as set from tickets.desk where tenant_id = ${tx.tenantId} and pages is not null`,
    z.object({ set: z.literal(true) }),
  )) !== null;

/** Of those who manage, the one who is there longest; without one, whoever is. `but`: somebody who is about to be nobody. */
export async function firstOwner(tx: TenantTx, but: PersonId | null = null): Promise<PersonId | null> {
  const found = await tx.maybe(
    sql`select person_id from identity.person where tenant_id = ${tx.tenantId} and removed_at is null
      and person_id is distinct from ${but}::uuid
      order by 'admin' = any (roles) desc, 'operator' = any (roles) desc, added_at, person_id limit 1`,
    z.object({ person_id: personColumn }),
  );
  return found?.person_id ?? null;
}

/** Whoever asks holds the desk. */
export async function nextNumber(tx: TenantTx): Promise<number> {
  const { numbered } = await tx.one(
    sql`update tickets.desk set numbered = numbered + 1 where tenant_id = ${tx.tenantId} returning numbered`,
    z.object({ numbered: z.int() }),
  );
  return numbered;
}

export interface DeskChange {
  readonly defaultOwner: PersonId;
  readonly pages: readonly string[];
  readonly quiet: boolean;
  readonly label: string;
}

export async function writeDesk(
  keys: Keys,
  tx: TenantTx,
  { defaultOwner, pages, quiet, label }: DeskChange,
): Promise<void> {
  const sealed = pages.length === 0 ? null : await sealColumn(keys, tx, pagesPlace(tx), { pages: [...pages] });
  await tx.run(sql`update tickets.desk set default_owner = ${defaultOwner}, pages = ${sealed}, quiet = ${quiet}, label = ${label}
    where tenant_id = ${tx.tenantId}`);
}
