// The room's door to the world, put together.

import sql from "sql-template-tag";
import { z } from "zod";
import type { AgentId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { limits } from "../limits.ts";
import type { Asked } from "../types.ts";
import { clicked } from "./clicked.ts";
import { createWatch, type Watch } from "./clocks.ts";
import { decide } from "./decide.ts";
import { voidRow } from "./ending.ts";
import { findLink, issue, linkedApproval } from "./links.ts";
import { rejectAsOperator } from "./operator.ts";
import { endProposal, listProposals, readProposal } from "./propose.ts";
import { request } from "./request.ts";
import { locked, oneRow, rowsWhere, type Row } from "./rows.ts";
import { openShown } from "./sealed.ts";
import { carryOut, look, standing, standingOf, use } from "./standing.ts";
import { lost } from "./told.ts";
import { posted, rewritten, stillToTell } from "./told-again.ts";
import type { Approvals, ApprovalsDeps } from "./types.ts";

export function createApprovals(deps: ApprovalsDeps): Approvals {
  const watch = createWatch(deps);
  const shownTo = (tx: TenantTx, row: Row): Promise<Asked> => asked(deps, watch, tx, row);
  return {
    crowded,
    request: (tx, wanted) => request(deps, watch, tx, wanted),
    standing: (tx, id, exactly) => standing(deps, watch, tx, id, exactly ?? null),
    use: (tx, id, exactly) => use(deps, watch, tx, id, exactly),
    async read(tx, id) {
      const row = await oneRow(tx, id);
      return row === null ? null : shownTo(tx, row);
    },
    async queue(tx) {
      const rows = await rowsWhere(tx, sql`state = 'pending' order by expires_at, approval_id limit ${limits.queue}`);
      const all: Asked[] = [];
      for (const row of rows) all.push(await shownTo(tx, row));
      return all.filter((each) => each.standing.kind === "pending");
    },
    decide: (tx, decision) => decide(deps, watch, tx, decision),
    async voidIt(tx, id, why) {
      const row = await locked(tx, id);
      if (row === null || (row.state !== "pending" && row.state !== "approved") || row.usedAt !== null) return false;
      await voidRow(deps, tx, row, why);
      return true;
    },
    expireDue: (tx) => expireDue(deps, watch, tx),
    reject: (tx, no) => rejectAsOperator(deps, watch, tx, no),
    clicked: (tx, click) => clicked(deps, watch, tx, click),
    stillToTell,
    posted: (tx, id, at) => posted(deps, tx, id, at),
    rewritten: (tx, about) => rewritten(deps, tx, about),
    lost: (tx, about, why, owners) => lost(deps, tx, about, why, owners),
    proposals: {
      list: (tx, all) => listProposals(deps.keys, tx, all),
      read: (tx, named) => readProposal(deps.keys, tx, named),
      end: (tx, proposal, ended) => endProposal(deps, tx, proposal, ended),
    },
    links: {
      issue: (tx, to) => issue(deps.keys, tx, to),
      open: async (tx, link, by) =>
        (await findLink(deps.keys, tx, link))?.person === by ? linkedApproval(link) : null,
    },
  };
}

async function crowded(tx: TenantTx, agent: AgentId): Promise<boolean> {
  const { waiting } = await tx.one(
    sql`select count(*)::integer as waiting from approvals.approval
      where tenant_id = ${tx.tenantId} and agent_id = ${agent} and state = 'pending' and expires_at > now()`,
    z.object({ waiting: z.int() }),
  );
  return waiting >= limits.waiting;
}

async function asked(deps: ApprovalsDeps, watch: Watch, tx: TenantTx, row: Row): Promise<Asked> {
  const seen = await look(deps, watch, tx, row, null);
  const { approval, call, digest, risk, agent, requester, requestedAt, expiresAt } = row;
  return {
    approval,
    call,
    digest,
    risk,
    agent,
    requester,
    requestedAt,
    expiresAt,
    standing: await standingOf(deps, tx, seen),
    shown: (await openShown(deps.keys, tx, row)).shown,
    answered: seen.yes,
  };
}

/** Also the yes that lay too long, and what was asked before a suspension. */
async function expireDue(deps: ApprovalsDeps, watch: Watch, tx: TenantTx): Promise<number> {
  const open = await rowsWhere(
    tx,
    sql`(state = 'pending' or state = 'approved' and used_at is null) order by expires_at, approval_id`,
  );
  watch.keepOnly(tx.tenantId, new Set(open.map(({ approval }) => approval)));
  let ended = 0;
  for (const each of open) {
    if ((await look(deps, watch, tx, each, null)).due === null) continue;
    const row = await locked(tx, each.approval);
    if (row === null) continue;
    const seen = await look(deps, watch, tx, row, null);
    if (seen.due === null) continue;
    await carryOut(deps, tx, seen);
    ended += 1;
  }
  return ended;
}
