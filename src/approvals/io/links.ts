// Links that open one request for one person. INVARIANT: a link decides nothing. Whoever has it still has to be signed in, as the person
// it was sent to, with the role; it is good for one answer.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { approvalId, Fault, type ApprovalId, type PersonId } from "#kernel";
import type { Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import type { Answering } from "../decide.ts";
import { limits } from "../limits.ts";
import { personColumn } from "./rows.ts";

const SECRET = 32;
/** The tag lets logs scrub it, and a scanner find one that was pasted somewhere. */
const LINK = /^csl_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

export interface FoundLink {
  readonly link: string;
  readonly person: PersonId;
  readonly used: boolean;
}

interface Told {
  readonly approval: ApprovalId;
  readonly person: PersonId;
}

/** Under the tenant's key: a row that somebody plants opens for no link that they know. */
function markOf(key: Uint8Array, tx: TenantTx, { approval, person }: Told, secret: string): Buffer {
  const own = createHmac("sha256", key).update("countersign/approval-link/v1").digest();
  return createHmac("sha256", own).update([tx.tenantId, approval, person, secret].join("\n")).digest();
}

export async function issue(keys: Keys, tx: TenantTx, to: Told): Promise<string> {
  const { n } = await tx.one(
    sql`select count(*)::int as n from approvals.link where tenant_id = ${tx.tenantId} and approval_id = ${to.approval}`,
    z.object({ n: z.int() }),
  );
  if (n >= limits.links) throw new Fault("input_invalid", `There are ${n} links to this request already.`);
  const { id, key } = await keys.sealing(tx, { purpose: "column" });
  const secret = randomBytes(SECRET).toString("base64url");
  await tx.run(sql`insert into approvals.link (tenant_id, approval_id, person_id, key_id, mark)
    values (${tx.tenantId}, ${to.approval}, ${to.person}, ${id}, ${markOf(key, tx, to, secret)})`);
  return `csl_${to.approval.replaceAll("-", "")}_${secret}`;
}

const row = z.object({
  link_id: z.string(),
  person_id: personColumn,
  key_id: z.string(),
  mark: z.instanceof(Uint8Array),
  used: z.boolean(),
});

export function linkedApproval(link: string): ApprovalId | null {
  const hex = LINK.exec(link)?.[1];
  return hex === undefined ? null : approvalId(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
}

/** null: no link of this tenant's. */
export async function findLink(keys: Keys, tx: TenantTx, link: string): Promise<FoundLink | null> {
  const approval = linkedApproval(link);
  const secret = LINK.exec(link)?.[2];
  if (approval === null || secret === undefined) return null;
  const rows = await tx.many(
    sql`select link_id, person_id, key_id, mark, used_at is not null as used from approvals.link
      where tenant_id = ${tx.tenantId} and approval_id = ${approval}`,
    row,
  );
  const opened = await keys.opening(
    tx,
    rows.map(({ key_id }) => key_id),
  );
  for (const { link_id, person_id: person, key_id, mark, used } of rows) {
    const key = opened.get(key_id);
    if (key?.kind !== "key") continue;
    if (timingSafeEqual(markOf(key.key, tx, { approval, person }, secret), mark))
      return { link: link_id, person, used };
  }
  return null;
}

/** What the link through which the page was opened says about the answer. */
export async function judgeLink(
  keys: Keys,
  tx: TenantTx,
  link: string | null,
  by: Told,
): Promise<{ readonly kind: Answering["link"]; readonly id: string | null }> {
  if (link === null) return { kind: "none", id: null };
  const found = linkedApproval(link) === by.approval ? await findLink(keys, tx, link) : null;
  if (found === null) return { kind: "unknown", id: null };
  if (found.person !== by.person) return { kind: "somebody_else", id: found.link };
  return { kind: found.used ? "used" : "good", id: found.link };
}

export async function useLink(tx: TenantTx, link: string): Promise<void> {
  await tx.run(
    sql`update approvals.link set used_at = clock_timestamp() where tenant_id = ${tx.tenantId} and link_id = ${link}`,
  );
}
