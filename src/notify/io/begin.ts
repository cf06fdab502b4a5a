// The first half of a delivery: what is about to be sent is in the log, and in the row, before anybody is called.

import sql from "sql-template-tag";
import type { EntryId, TenantId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { digestOf, digestPlace } from "../digest.ts";
import { limits } from "../limits.ts";
import { markOf } from "../marks.ts";
import type { Content, Parcel } from "../types.ts";
import type { NotifyDeps } from "./deps.ts";
import { aboutEntry, intentEntry } from "./entries.ts";
import {
  alsoDue,
  databaseNow,
  endNotice,
  joinDigest,
  openNotice,
  putOff,
  quotaOf,
  tryNow,
  type NoticeRow,
} from "./rows.ts";
import { openContent, placeHash, sealContent } from "./sealed.ts";

export interface Claimed {
  readonly tenant: TenantId;
  readonly key: string;
  readonly hold: string;
}

export interface Begun {
  readonly key: string;
  readonly parcel: Parcel;
}

/** What a provider knows it by. */
const providerKey = (tx: TenantTx, key: string): string => `${tx.tenantId}/${key}`;

/** null: there is nothing to send, or not by us. */
export async function begin(deps: NotifyDeps, tx: TenantTx, { key, hold }: Claimed): Promise<Begun | null> {
  const row = await openNotice(tx, key);
  // INVARIANT: whoever has been too slow, and has lost it to another, sends nothing.
  if (row === null || row.hold !== hold) return null;
  const content = await standing(deps, tx, row);
  if (content === null) return null;
  if (row.tries === 0 && row.ticket !== null) {
    const free = await quotaOf(tx, row.ticket);
    if (free !== null) {
      await putOff(tx, key, { at: free, waits: "quota" });
      return null;
    }
  }
  return (await gathered(deps, tx, row, content)) ?? go(deps, tx, row, content, []);
}

/** What it says, where it is still to be said. */
async function standing(deps: NotifyDeps, tx: TenantTx, row: NoticeRow): Promise<Content | null> {
  const content = await openContent(deps.keys, tx, row.key, row.sealed);
  // A digest's are asked one by one, when it is put together; it stands as it was written.
  if (content !== null && (isDigest(row.key) || (await deps.stands(tx, content.about)))) return content;
  await endNotice(tx, [row.key], "dropped");
  if (row.intent !== null && content !== null)
    await deps.append(tx, {
      ...aboutEntry(tx, row.key, content.about),
      outcome: "unknown",
      intent: row.intent,
      body: { why: "What it was about is over. Whether an earlier try arrived was not asked any more." },
    });
  return null;
}

async function go(
  deps: NotifyDeps,
  tx: TenantTx,
  row: Pick<NoticeRow, "key" | "intent" | "madeAt" | "firstTriedAt" | "hold">,
  content: Content,
  also: readonly string[],
): Promise<Begun> {
  const key = providerKey(tx, row.key);
  const intent: EntryId = row.intent ?? (await deps.append(tx, intentEntry(tx, row.key, content, also)));
  await tryNow(tx, row.key, intent, row.hold ?? "");
  const { madeAt, firstTriedAt: triedAt } = row;
  return { key: row.key, parcel: { ...content, tenant: tx.tenantId, key, madeAt, triedAt } };
}

const DIGEST = "digest/";
export const isDigest = (key: string): boolean => key.startsWith(DIGEST);

/** Many that are due to one place become one (N12). INVARIANT: which they are is durable before it is sent, and never changes. */
async function gathered(deps: NotifyDeps, tx: TenantTx, row: NoticeRow, content: Content): Promise<Begun | null> {
  if (!row.together || row.intent !== null || row.tries > 0) return null;
  const others = await alsoDue(tx, row);
  if (others.length + 1 < limits.digestFrom) return null;
  const all: { readonly key: string; readonly content: Content }[] = [{ key: row.key, content }];
  for (const other of others) {
    const stands = await standing(deps, tx, other);
    if (stands !== null) all.push({ key: other.key, content: stands });
  }
  const message = digestOf(all.map((each) => each.content.message));
  const to = digestPlace(content.to, message.title);
  if (all.length < limits.digestFrom || to === null) return null;
  const keys = all.map((each) => each.key);
  const key = `${DIGEST}${markOf(keys.join("\n"))}`;
  const whole: Content = { to, message, about: content.about };
  await tx.run(sql`insert into notify.notice (tenant_id, key, channel, place, sealed, turn_at)
    values (${tx.tenantId}, ${key}, ${row.channel}, ${await placeHash(deps.keys, tx, to)}, ${await sealContent(deps.keys, tx, key, whole)}, now())`);
  await joinDigest(tx, keys, key);
  const madeAt = await databaseNow(tx);
  return go(deps, tx, { key, intent: null, madeAt, firstTriedAt: null, hold: row.hold }, whole, keys);
}
