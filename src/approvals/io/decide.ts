// One click: facts under the request's lock, the pure decision, and one transaction with the answer, its entry and who is woken.

import sql from "sql-template-tag";
import type { Person } from "#identity";
import type { Json, PersonId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { decide as decidePure, type Answering, type Request, type Step } from "../decide.ts";
import { refusalWords } from "../sentences.ts";
import type { Decided, Refusal, Standing } from "../types.ts";
import type { Watch } from "./clocks.ts";
import { announce, expire, settle, voidRow } from "./ending.ts";
import { entryOf } from "./entries.ts";
import { judgeLink, useLink } from "./links.ts";
import { propose } from "./propose.ts";
import { locked, oneRow, type Row } from "./rows.ts";
import { sealWords } from "./sealed.ts";
import { look, standingOf, type Seen } from "./standing.ts";
import { tellCounted } from "./told-again.ts";
import type { ApprovalsDeps, Decision } from "./types.ts";

/** What is the same for every entry about this click. */
interface Click {
  readonly deps: ApprovalsDeps;
  readonly watch: Watch;
  readonly tx: TenantTx;
  readonly row: Row;
  readonly decision: Decision;
  readonly person: Person | null;
  readonly credential: string | null;
}

export async function decide(deps: ApprovalsDeps, watch: Watch, tx: TenantTx, decision: Decision): Promise<Decided> {
  const row = await locked(tx, decision.approval);
  if (row === null) return { kind: "unknown" };
  const seen = await look(deps, watch, tx, row, null);
  const { by } = decision;
  const person = await deps.person(tx, by.person);
  const link = await judgeLink(deps.keys, tx, decision.link, { approval: row.approval, person: by.person });
  const request: Request = {
    ...row,
    owner: await deps.owner(tx, row.agent),
    over: seen.due?.kind === "expire",
  };
  const answering: Answering = {
    ...decision,
    person,
    channel: by.channel,
    proof: decision.stepUp === null ? "absent" : "good",
    link: link.kind,
    before: seen.answers.find((each) => each.person === by.person)?.answer ?? null,
    others: seen.yes.filter((each) => each.person !== by.person).length,
  };
  const first = decidePure(request, answering);
  // A proof is used up by looking at it: only where everything else allows the yes.
  const credential =
    first.kind === "count" && row.risk === "high" && decision.stepUp !== null
      ? await deps.stepUp.verify(
          tx,
          { person: by.person, approval: row.approval, digest: row.digest, answer: decision.answer },
          decision.stepUp,
        )
      : null;
  const step =
    first.kind === "count" && row.risk === "high" && credential === null
      ? decidePure(request, { ...answering, proof: decision.stepUp === null ? "absent" : "bad" })
      : first;
  return carryOut({ deps, watch, tx, row, decision, person, credential }, step, seen, link.id);
}

async function carryOut(click: Click, step: Step, seen: Seen, link: string | null): Promise<Decided> {
  const { deps, tx, row } = click;
  switch (step.kind) {
    case "refuse":
      return refused(click, step.refusal);
    case "already":
      return { kind: "already", standing: await standingOf(deps, tx, seen) };
    case "ended":
      return { kind: "ended", standing: await standingOf(deps, tx, seen) };
    case "expire":
      await expire(deps, tx, row);
      return { kind: "ended", standing: { kind: "expired", at: row.expiresAt } };
    case "void":
      await voidRow(deps, tx, row, step.cause);
      return { kind: "ended", standing: { kind: "void", at: row.now, why: step.cause } };
    case "reject":
    case "count": {
      await record(click);
      if (link !== null) await useLink(tx, link);
      if (step.kind === "reject") await settle(deps, tx, row, "rejected", said(click, {}));
      else if (step.enough) await settle(deps, tx, row, "approved", said(click, { yes: seen.yes.length + 1 }));
      else await counted(click, seen.yes.length + 1);
      return recorded(click);
    }
  }
}

async function recorded(click: Click): Promise<Decided> {
  const { deps, tx, row, decision } = click;
  const proposal = decision.propose ? await propose(deps, tx, row, decision) : null;
  return { kind: "recorded", standing: await standingNow(click), proposal };
}

async function standingNow({ deps, watch, tx, row }: Click): Promise<Standing> {
  const after = (await oneRow(tx, row.approval)) ?? row;
  return standingOf(deps, tx, await look(deps, watch, tx, after, null));
}

async function record({ deps, tx, row, decision, credential }: Click): Promise<void> {
  const { answer, by, reason } = decision;
  const words = await sealWords(deps.keys, tx, row.approval, { reason, operator: null });
  await tx.run(sql`insert into approvals.answer as a (tenant_id, approval_id, person_id, answer, channel, credential, reason)
    values (${tx.tenantId}, ${row.approval}, ${by.person}, ${answer}, ${by.channel}, ${credential}, ${words})
    on conflict (tenant_id, approval_id, person_id) do update set answer = excluded.answer, channel = excluded.channel,
      credential = excluded.credential, reason = excluded.reason, answered_at = clock_timestamp()`);
}

/** A yes that is not the last one needed. */
async function counted(click: Click, yes: number): Promise<void> {
  const { deps, tx, row } = click;
  const action = "counted";
  await deps.append(
    tx,
    entryOf(row, { kind: "approval.decide", outcome: "success", action, ...said(click, { yes, of: row.quorum }) }),
  );
  await announce(deps, tx, row);
  await tellCounted(deps, tx, row);
}

/** Nothing is changed, and the log has who tried what, from where. */
async function refused(click: Click, refusal: Refusal): Promise<Decided> {
  const { deps, tx, row } = click;
  await deps.append(
    tx,
    entryOf(row, { kind: "approval.decide", outcome: "refused", action: refusal, ...said(click, { refusal }) }),
  );
  return { kind: "refused", refusal, ...refusalWords(refusal) };
}

export const subjectOf = (person: PersonId): string => `person:${person}`;

function said({ decision, person, credential }: Click, more: Readonly<Record<string, Json>>) {
  const { answer, by, digest, reason, link } = decision;
  return {
    initiator: { type: "human", id: by.person } as const,
    body: {
      person: by.person,
      channel: by.channel,
      session: by.session,
      answer,
      seen: digest,
      stepUp: credential,
      byLink: link !== null,
      reason,
      ...more,
    },
    ...(person === null ? {} : { personal: { subject: subjectOf(by.person), data: { login: person.login } } }),
  };
}
