// Mail that belongs to no ticket and is from nobody known (N11): kept aside, sealed, until a person lets it in or drops it.

import { createHash, createHmac } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Party } from "#audit";
import { instantOfMillis, iso, type Instant } from "#kernel";
import { openColumn, sealColumn } from "#keys/io";
import { instantColumn, type TenantTx } from "#platform/postgres";
import type { Heard } from "#tickets";
import type { MailParts } from "./ports.ts";

export type Why = "stranger" | "forged" | "no_ticket";

export interface Kept {
  readonly id: string;
  readonly why: Why;
  readonly at: Instant;
  readonly from: string;
  readonly subject: string;
}

const keptShape = z.object({
  message: z.string(),
  answers: z.array(z.string()),
  number: z.int().nullable(),
  name: z.string(),
  address: z.string().nullable(),
  title: z.string(),
  text: z.string(),
  sentAt: z.int(),
});

/** Under the client's own key: who reads the table cannot try out from whom there was mail. */
function markOf(key: Uint8Array, tx: TenantTx, message: string): Buffer {
  const own = createHmac("sha256", key).update("countersign/quarantine/v2").digest();
  return createHmac("sha256", own).update(`${tx.tenantId}\n${message}`).digest();
}
/** Of what was kept before marks had a key. */
const digestOf = (tx: TenantTx, message: string): Buffer =>
  createHash("sha256").update(`countersign/quarantine/v1\n${tx.tenantId}\n${message}`).digest();

/** Keys are rotated, so what was kept before is looked for under each that a mark of this client's was made with. */
async function keptBefore({ keys }: Pick<Parts, "keys">, tx: TenantTx, message: string): Promise<boolean> {
  const used = await tx.many(
    sql`select distinct key_id from inbox.quarantine where tenant_id = ${tx.tenantId} and key_id is not null`,
    z.object({ key_id: z.string() }),
  );
  const opened = await keys.opening(
    tx,
    used.map(({ key_id }) => key_id),
  );
  const marks = [...opened.values()].flatMap((each) => (each.kind === "key" ? [markOf(each.key, tx, message)] : []));
  const found = await tx.maybe(
    sql`select 1 as one from inbox.quarantine
      where tenant_id = ${tx.tenantId} and mark = any (${[digestOf(tx, message), ...marks]}::bytea[]) limit 1`,
    z.object({ one: z.number() }),
  );
  return found !== null;
}
const placeOf = (mark: Uint8Array) => ({ column: "inbox.quarantine.mail", row: Buffer.from(mark).toString("hex") });

type Parts = Pick<MailParts, "keys" | "append">;

const entry = (
  id: string,
  action: "kept" | "released" | "dropped",
  by: Asker,
  body: Record<string, string | number | boolean | null>,
) =>
  ({
    kind: "mail.quarantine",
    outcome: "success",
    action,
    observer: { type: "app", id: "countersign" },
    initiator: by.initiator,
    target: { type: "delivery", id },
    requestId: by.requestId,
    body: { v: 1, ...body },
  }) as const;

interface Asker {
  readonly initiator: Party;
  readonly requestId: string;
}

/** The same mail again is kept once. */
export async function keepAside(
  { keys, append }: Parts,
  tx: TenantTx,
  given: { readonly heard: Heard; readonly why: Why; readonly claims: boolean },
): Promise<void> {
  const { heard, why, claims } = given;
  if (await keptBefore({ keys }, tx, heard.message)) return;
  const { id: key, key: bytes } = await keys.sealing(tx, { purpose: "column" });
  const mark = markOf(bytes, tx, heard.message);
  const sealed = await sealColumn(keys, tx, placeOf(mark), {
    message: heard.message,
    answers: [...heard.answers],
    number: heard.number,
    name: heard.from.name,
    address: heard.from.address,
    title: heard.title,
    text: heard.text,
    sentAt: heard.sentAt,
  });
  const made = await tx.maybe(
    sql`insert into inbox.quarantine (tenant_id, mark, key_id, mail, why, claims)
      values (${tx.tenantId}, ${mark}, ${key}, ${sealed}, ${why}, ${claims}) on conflict do nothing returning mail_id`,
    z.object({ mail_id: z.string() }),
  );
  if (made === null) return;
  const by = { initiator: { type: "job", id: "mail" }, requestId: made.mail_id } as const;
  await append(tx, entry(made.mail_id, "kept", by, { why, claims }));
}

const row = z.object({
  mail_id: z.string(),
  mark: z.instanceof(Uint8Array),
  mail: z.instanceof(Uint8Array),
  why: z.enum(["stranger", "forged", "no_ticket"]),
  arrived_at: instantColumn,
});

async function openRow({ keys }: Pick<Parts, "keys">, tx: TenantTx, each: z.infer<typeof row>) {
  const opened = await openColumn(keys, tx, placeOf(each.mark), each.mail);
  return opened.kind === "open" ? keptShape.parse(opened.value) : null;
}

/** The newest first. */
export async function quarantined(parts: Pick<Parts, "keys">, tx: TenantTx, most = 100): Promise<readonly Kept[]> {
  const rows = await tx.many(
    sql`select mail_id, mark, mail, why, arrived_at from inbox.quarantine
      where tenant_id = ${tx.tenantId} and ended_at is null order by arrived_at desc limit ${most}`,
    row,
  );
  const all: Kept[] = [];
  for (const each of rows) {
    const mail = await openRow(parts, tx, each);
    if (mail !== null)
      all.push({
        id: each.mail_id,
        why: each.why,
        at: each.arrived_at,
        from: mail.address ?? mail.name,
        subject: mail.title,
      });
  }
  return all;
}

/** Let in by a person, who says with it that its sender is the client's: it opens a ticket, or lands where it says. null: none waits under this id. */
export async function release(
  parts: Parts & Pick<MailParts, "tickets">,
  tx: TenantTx,
  id: string,
  by: Asker,
): Promise<{ readonly number: number | null } | null> {
  const found = await locked(tx, id);
  const mail = found === null ? null : await openRow(parts, tx, found);
  if (found === null || mail === null) return null;
  const heard = await parts.tickets.hear(tx, {
    channel: "mail",
    conversation: mail.message,
    answers: mail.answers,
    number: mail.number,
    message: mail.message,
    sender: "client_person",
    from: { name: mail.name, address: mail.address, id: null },
    title: mail.title,
    text: mail.text,
    sentAt: instantOfMillis(mail.sentAt),
    opens: true,
    repository: null,
    vouched: true,
  });
  await end(tx, id, "released");
  await parts.append(tx, entry(id, "released", by, { why: found.why, number: heard.number }));
  return { number: heard.number };
}

/** False: none waits under this id. */
export async function drop({ append }: Pick<Parts, "append">, tx: TenantTx, id: string, by: Asker): Promise<boolean> {
  const found = await locked(tx, id);
  if (found === null) return false;
  await end(tx, id, "dropped");
  await append(tx, entry(id, "dropped", by, { why: found.why, arrived: iso(found.arrived_at) }));
  return true;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const locked = (tx: TenantTx, id: string): Promise<z.infer<typeof row> | null> =>
  UUID.test(id)
    ? tx.maybe(
        sql`select mail_id, mark, mail, why, arrived_at from inbox.quarantine
          where tenant_id = ${tx.tenantId} and mail_id = ${id}::uuid and ended_at is null for update`,
        row,
      )
    : Promise.resolve(null);

const end = (tx: TenantTx, id: string, ended: "released" | "dropped"): Promise<number> =>
  tx.run(sql`update inbox.quarantine set mail = null, ended = ${ended}, ended_at = now()
    where tenant_id = ${tx.tenantId} and mail_id = ${id}::uuid`);

/** INVARIANT (S1): a mail that says it answers a ticket, and waits for a person here, may be the client's answer. */
export const answersWait = async (tx: TenantTx, since: Instant): Promise<boolean> =>
  (await tx.maybe(
    sql`select 1 as one from inbox.quarantine
      where tenant_id = ${tx.tenantId} and ended_at is null and claims and arrived_at >= ${new Date(since)} limit 1`,
    z.object({ one: z.number() }),
  )) !== null;
