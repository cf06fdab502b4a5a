// How a request stands: as its row says, and as the people and the clocks of this moment allow.

import sql from "sql-template-tag";
import type { ApprovalId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { isOver } from "../deadline.ts";
import { limits } from "../limits.ts";
import { notExactly, whyVoid } from "../stands.ts";
import type { Answerer, Exactly, Standing, VoidCause } from "../types.ts";
import type { Watch } from "./clocks.ts";
import { expire, voidRow } from "./ending.ts";
import { answersTo, asDate, locked, oneRow, type AnswerRow, type Row } from "./rows.ts";
import { openWords } from "./sealed.ts";
import type { ApprovalsDeps, Used } from "./types.ts";
import { stillYes } from "./yes.ts";

/** A name for somebody whom the client's list of people does not have any more. */
const GONE = "somebody who has left";

export interface Seen {
  readonly row: Row;
  readonly answers: readonly AnswerRow[];
  /** Those who said yes and may still say it, as of now. INVARIANT (15): roles are read again each time. */
  readonly yes: readonly Answerer[];
  /** What has become of it meanwhile, which its row does not say yet. */
  readonly due: { readonly kind: "expire" } | { readonly kind: "void"; readonly cause: VoidCause } | null;
}

export async function look(
  deps: ApprovalsDeps,
  watch: Watch,
  tx: TenantTx,
  row: Row,
  exactly: Exactly | null,
): Promise<Seen> {
  const answers = await answersTo(tx, row.approval);
  const yes = await stillYes(deps, tx, row, answers);
  return { row, answers, yes, due: dueOf(watch, tx, row, yes.length, exactly) };
}

function dueOf(watch: Watch, tx: TenantTx, row: Row, still: number, exactly: Exactly | null): Seen["due"] {
  const clocks = watch.clocks(tx.tenantId, row);
  switch (row.state) {
    case "pending": {
      if (!row.sameEpoch) return { kind: "void", cause: "client_suspended" };
      if (isOver(row, clocks)) return { kind: "expire" };
      const cause = exactly === null ? null : notExactly(row, exactly);
      return cause === null ? null : { kind: "void", cause };
    }
    case "approved": {
      if (row.usedAt !== null && exactly === null) return null;
      const sinceDecided = row.decidedAt === null ? Infinity : row.now - row.decidedAt;
      const cause = whyVoid(
        {
          ...row,
          still,
          used: row.usedAt !== null,
          // Too old by the wall clock since the yes, or by the monotonic one since the request's whole life.
          stale: sinceDecided >= limits.useWithinMs || isOver(row, clocks, limits.useWithinMs),
        },
        exactly,
      );
      return cause === null ? null : { kind: "void", cause };
    }
    case "rejected":
    case "expired":
    case "void":
      return null;
  }
}

export async function standingOf(deps: ApprovalsDeps, tx: TenantTx, seen: Seen): Promise<Standing> {
  const { row, answers, yes, due } = seen;
  const at = row.endedAt ?? row.now;
  if (due !== null)
    return due.kind === "expire"
      ? { kind: "expired", at: row.expiresAt }
      : { kind: "void", at: row.now, why: due.cause };
  switch (row.state) {
    case "pending":
      return { kind: "pending", yes: yes.length, of: row.quorum, expiresAt: row.expiresAt };
    case "approved":
      return { kind: "approved", at: row.decidedAt ?? at, by: yes, digest: row.digest };
    case "rejected":
      return { kind: "rejected", at, ...(await rejection(deps, tx, row, answers)) };
    case "expired":
      return { kind: "expired", at };
    case "void":
      return { kind: "void", at, why: row.cause ?? "stopped" };
  }
}

async function rejection(
  deps: ApprovalsDeps,
  tx: TenantTx,
  row: Row,
  answers: readonly AnswerRow[],
): Promise<{ readonly by: string; readonly reason: string }> {
  const no = answers.find(({ answer }) => answer === "reject");
  if (no === undefined) return { by: GONE, reason: "" };
  const { reason, operator } = await openWords(deps.keys, tx, row.approval, no.reason);
  const person = no.person === null ? null : await deps.person(tx, no.person);
  return { by: operator ?? person?.login ?? GONE, reason };
}

/** What is due is written. INVARIANT: what does not stand now never stands again, whoever gets a role back. */
export async function standing(
  deps: ApprovalsDeps,
  watch: Watch,
  tx: TenantTx,
  id: ApprovalId,
  exactly: Exactly | null,
): Promise<Standing | null> {
  const first = exactly === null ? await oneRow(tx, id) : await locked(tx, id);
  if (first === null) return null;
  const seen = await look(deps, watch, tx, first, exactly);
  if (seen.due === null) return standingOf(deps, tx, seen);
  const row = await locked(tx, id);
  return row === null ? null : carryOut(deps, tx, await look(deps, watch, tx, row, exactly));
}

/** Under the request's lock. What was used stays what it was: for anything else it is answered as void, and not written so. */
export async function carryOut(deps: ApprovalsDeps, tx: TenantTx, seen: Seen): Promise<Standing> {
  if (seen.due?.kind === "expire") await expire(deps, tx, seen.row);
  if (seen.due?.kind === "void" && seen.row.usedAt === null) await voidRow(deps, tx, seen.row, seen.due.cause);
  return standingOf(deps, tx, seen);
}

/** INVARIANT (13): one yes is one execution. In the transaction that writes the intent. */
export async function use(
  deps: ApprovalsDeps,
  watch: Watch,
  tx: TenantTx,
  id: ApprovalId,
  exactly: Exactly,
): Promise<Used> {
  const row = await locked(tx, id);
  if (row === null) return { kind: "no", standing: null };
  if (row.usedAt !== null) return { kind: "used_before", at: row.usedAt };
  const stood = await carryOut(deps, tx, await look(deps, watch, tx, row, exactly));
  if (stood.kind !== "approved") return { kind: "no", standing: stood };
  await tx.run(
    sql`update approvals.approval set used_at = ${asDate(row.now)} where tenant_id = ${tx.tenantId} and approval_id = ${id}`,
  );
  return { kind: "yes", standing: stood };
}
