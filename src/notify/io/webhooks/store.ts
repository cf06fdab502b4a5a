// A client's receivers: their URLs and secrets, sealed.

import { randomBytes, randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Party } from "#audit";
import type { Append } from "#audit/io";
import type { Instant } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { receiverUrl } from "../../addresses.ts";
import { hears } from "../../events.ts";

export interface Receiver {
  readonly id: string;
  readonly url: string;
  /** `whsec_...`, the newest first; the second until a rotation is over. */
  readonly secrets: readonly [string, ...string[]];
  readonly events: readonly string[];
  readonly madeAt: Instant;
  readonly rotatedUntil: Instant | null;
  readonly disabled: { readonly at: Instant; readonly why: "gone" | "by_hand" } | null;
}

const shape = z.object({
  webhook_id: z.string(),
  sealed: z.instanceof(Uint8Array),
  events: z.array(z.string()),
  made_at: instantColumn,
  rotated_until: instantColumn.nullable(),
  rotating: z.boolean(),
  disabled_at: instantColumn.nullable(),
  disabled_why: z.enum(["gone", "by_hand"]).nullable(),
});
const contentShape = z.strictObject({ url: z.string(), secret: z.string(), before: z.string().nullable() });
type SealedContent = z.infer<typeof contentShape>;

const COLUMNS = sql`webhook_id, sealed, events, made_at, rotated_until, coalesce(rotated_until > now(), false) as rotating, disabled_at, disabled_why`;
const place = (id: string) => ({ column: "notify.webhook.sealed", row: id });
const HOURS_OF_BOTH = 24;

export interface WebhookParts {
  readonly append: Append;
  readonly keys: Keys;
  /** For the demo and tests alone: a receiver on this machine. */
  readonly loopback: boolean;
}

export interface By {
  readonly initiator: Party;
  readonly requestId: string;
}

/** 256 bits, as the specification writes them. */
const newSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

export type Added =
  | { readonly kind: "added"; readonly id: string; readonly secret: string }
  /** There are as many as a client may have. */
  | { readonly kind: "full"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string };
const MOST = 20;

export function createWebhooks({ append, keys, loopback }: WebhookParts) {
  const seal = (tx: TenantTx, id: string, content: SealedContent): Promise<Buffer> =>
    sealColumn(keys, tx, place(id), content);

  async function open(tx: TenantTx, row: z.infer<typeof shape>): Promise<Receiver | null> {
    const opened = await openColumn(keys, tx, place(row.webhook_id), row.sealed);
    if (opened.kind === "destroyed") return null;
    const { url, secret, before } = contentShape.parse(opened.value);
    return {
      id: row.webhook_id,
      url,
      secrets: before !== null && row.rotating ? [secret, before] : [secret],
      events: row.events,
      madeAt: row.made_at,
      rotatedUntil: row.rotated_until,
      disabled:
        row.disabled_at === null || row.disabled_why === null ? null : { at: row.disabled_at, why: row.disabled_why },
    };
  }

  async function read(tx: TenantTx, id: string): Promise<Receiver | null> {
    const row = await tx.maybe(
      sql`select ${COLUMNS} from notify.webhook where tenant_id = ${tx.tenantId} and webhook_id::text = ${id} for update`,
      shape,
    );
    return row === null ? null : open(tx, row);
  }

  const tell = (
    tx: TenantTx,
    kind: "webhook.add" | "webhook.rotate" | "webhook.disable" | "webhook.remove",
    { id, url, events }: Pick<Receiver, "id" | "url" | "events">,
    by: By,
    why?: string,
  ) =>
    append(tx, {
      kind,
      outcome: "success",
      observer: { type: "app", id: "countersign" },
      target: { type: "tenant", id: tx.tenantId },
      ...by,
      body: { v: 1, webhook: id, url, events, ...(why === undefined ? {} : { why }) },
    });

  return {
    async add(
      tx: TenantTx,
      asked: { readonly url: string; readonly events: readonly string[]; readonly by: By },
    ): Promise<Added> {
      const ruled = receiverUrl(asked.url, loopback);
      if (ruled.kind === "refused") return ruled;
      const { n } = await tx.one(
        sql`select count(*)::int as n from notify.webhook where tenant_id = ${tx.tenantId}`,
        z.object({ n: z.int() }),
      );
      if (n >= MOST) return { kind: "full", why: `There are ${MOST} receivers already. Remove one first.` };
      const id = randomUUID();
      const secret = newSecret();
      const { href: url } = ruled.url;
      await tx.run(sql`insert into notify.webhook (tenant_id, webhook_id, sealed, events)
        values (${tx.tenantId}, ${id}, ${await seal(tx, id, { url, secret, before: null })}, ${[...asked.events]}::text[])`);
      await tell(tx, "webhook.add", { id, url, events: asked.events }, asked.by);
      return { kind: "added", id, secret };
    },

    async list(tx: TenantTx): Promise<readonly Receiver[]> {
      const rows = await tx.many(
        sql`select ${COLUMNS} from notify.webhook where tenant_id = ${tx.tenantId} order by made_at, webhook_id`,
        shape,
      );
      const found: Receiver[] = [];
      for (const row of rows) {
        const receiver = await open(tx, row);
        if (receiver !== null) found.push(receiver);
      }
      return found;
    },

    read,

    /** The new secret, shown once. What is sent in the next 24 hours carries both signatures (N2). null: there is no such receiver. */
    async rotate(tx: TenantTx, id: string, by: By): Promise<string | null> {
      const receiver = await read(tx, id);
      if (receiver === null) return null;
      const secret = newSecret();
      const sealed = await seal(tx, id, { url: receiver.url, secret, before: receiver.secrets[0] });
      await tx.run(sql`update notify.webhook set sealed = ${sealed}, rotated_until = now() + ${HOURS_OF_BOTH} * interval '1 hour'
        where tenant_id = ${tx.tenantId} and webhook_id::text = ${id}`);
      await tell(tx, "webhook.rotate", receiver, by);
      return secret;
    },

    async disable(tx: TenantTx, id: string, why: "gone" | "by_hand", by: By): Promise<boolean> {
      const receiver = await read(tx, id);
      if (receiver === null || receiver.disabled !== null) return false;
      await tx.run(sql`update notify.webhook set disabled_at = now(), disabled_why = ${why}
        where tenant_id = ${tx.tenantId} and webhook_id::text = ${id}`);
      await tell(tx, "webhook.disable", receiver, by, why);
      return true;
    },

    async remove(tx: TenantTx, id: string, by: By): Promise<boolean> {
      const receiver = await read(tx, id);
      if (receiver === null) return false;
      await tx.run(sql`delete from notify.webhook where tenant_id = ${tx.tenantId} and webhook_id::text = ${id}`);
      await tell(tx, "webhook.remove", receiver, by);
      return true;
    },
  };
}

export type Webhooks = ReturnType<typeof createWebhooks>;

/** Who hears of an event, for the outbox. */
export async function receivers(tx: TenantTx, event: string): Promise<readonly string[]> {
  const rows = await tx.many(
    sql`select webhook_id, events from notify.webhook where tenant_id = ${tx.tenantId} and disabled_at is null`,
    z.object({ webhook_id: z.string(), events: z.array(z.string()) }),
  );
  return rows.flatMap(({ webhook_id: id, events }) => (hears(events, event) ? [id] : []));
}
