// An answer that may become a rule: made, tried with Countersign's own rules around it, stored, told.

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, instantOfMillis, type Instant } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import { cited, parseCases, type Case, type Facts, type Verdict } from "#policy";
import type { Folder } from "#policy/io";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { canonicalBytes, hex } from "#verifier";
import { casesText, proposeRule, type Judged, type ProposedCase } from "../propose.ts";
import { entryOf } from "./entries.ts";
import { approvalColumn, type Row } from "./rows.ts";
import { openShown } from "./sealed.ts";
import type { ApprovalsDeps, Decision, EndedProposal, Proposal, ProposalFiles } from "./types.ts";

const place = (proposal: string) => ({ column: "approvals.proposal.files", row: proposal });
const filesShape = z.strictObject({
  title: z.string(),
  cedar: z.string().nullable(),
  cases: z.string().nullable(),
  prose: z.string().nullable(),
});

/** The proposal's id; null: what was made of the case does not hold, and is not proposed. */
export async function propose(deps: ApprovalsDeps, tx: TenantTx, row: Row, decision: Decision): Promise<string | null> {
  const { shown, facts } = await openShown(deps.keys, tx, row);
  const proposed = proposeRule({
    answer: decision.answer,
    facts,
    title: shown.title,
    reason: decision.reason,
    mark: row.approval.replaceAll("-", "").slice(-12),
  });
  const none = { title: shown.title, cedar: null, cases: null, prose: null };
  const files: ProposalFiles | null =
    proposed.kind === "guidance"
      ? { ...none, prose: proposed.prose }
      : await tried(tx, proposed.id, proposed.cedar, [proposed.positive, ...proposed.negatives]).then((cases) =>
          cases === null ? null : { ...none, cedar: proposed.cedar, cases },
        );
  if (files === null) return null;
  const id = randomUUID();
  const sealed = await sealColumn(deps.keys, tx, place(id), { ...files });
  await tx.run(sql`insert into approvals.proposal (tenant_id, proposal_id, approval_id, person_id, kind, rule_id, files)
    values (${tx.tenantId}, ${id}, ${row.approval}, ${decision.by.person}, ${proposed.kind}, ${proposed.id}, ${sealed})`);
  await deps.append(
    tx,
    entryOf(row, {
      kind: "rule.propose",
      outcome: "success",
      action: proposed.kind,
      initiator: { type: "human", id: decision.by.person },
      body: { proposal: id, rule: proposed.id, ...files },
    }),
  );
  return id;
}

/**
 * The cases as a file, each with what is decided when the rule is there. null: the rule does not load, does not decide its own case, or
 * decides one of the others.
 */
async function tried(tx: TenantTx, id: string, cedar: string, cases: readonly ProposedCase[]): Promise<string | null> {
  const folder: Folder = {
    cedar: [{ layer: "tenant", file: `${id}.cedar`, text: cedar }],
    prose: [],
    cases: [],
    findings: [],
  };
  // The engine is some megabytes, which nobody has to wait for who proposes nothing.
  const { openPolicy, readConstitution } = await import("#policy/io");
  const opened = openPolicy(`proposed ${tx.tenantId}`, await readConstitution(folder));
  if (opened.kind === "refused") return null;
  const judged: Judged[] = [];
  for (const [i, each] of cases.entries()) {
    const verdict = await opened.engine.decide(each.facts);
    if (verdict.errors.length > 0 || decides(verdict, id) !== (i === 0)) return null;
    judged.push({ ...each, expect: verdict.colour, rules: verdict.reasons.map(cited).toSorted() });
  }
  const text = casesText(judged);
  const read = parseCases(`${id}.cases.yaml`, text);
  return read.kind === "cases" && sameFacts(read.cases, judged) ? text : null;
}

const decides = ({ reasons }: Verdict, id: string): boolean => reasons.some((reason) => reason.id === id);

/** Read back, they are the cases that were tried. */
const sameFacts = (read: readonly Case[], judged: readonly Judged[]): boolean =>
  read.map(({ facts }) => canonical(facts)).join() === judged.map(({ facts }) => canonical(facts)).join();

const canonical = (facts: Facts): string => hex(canonicalBytes(z.json().parse(facts)));

const shape = z
  .object({
    proposal_id: z.string(),
    approval_id: approvalColumn,
    kind: z.enum(["rule", "guidance"]),
    rule_id: z.string(),
    files: z.instanceof(Uint8Array),
    state: z.enum(["open", "accepted", "dropped"]),
    proposed_at: instantColumn,
  })
  .transform((row) => ({ ...row, at: row.proposed_at }));

async function opened(keys: Keys, tx: TenantTx, row: z.infer<typeof shape>): Promise<Proposal> {
  const files = await openColumn(keys, tx, place(row.proposal_id), row.files);
  if (files.kind === "destroyed") throw new Fault("keys_unavailable", "The proposal was erased with the client's key.");
  const { proposal_id: proposal, approval_id: approval, kind, rule_id: rule, state } = row;
  const at: Instant = instantOfMillis(row.at);
  return { proposal, approval, kind, rule, state, at, files: filesShape.parse(files.value) };
}

const COLUMNS = sql`proposal_id, approval_id, kind, rule_id, files, state, proposed_at`;

/** The newest first; what was accepted or dropped only if asked for. */
export async function listProposals(keys: Keys, tx: TenantTx, all: boolean): Promise<readonly Proposal[]> {
  const rows = await tx.many(
    sql`select ${COLUMNS} from approvals.proposal where tenant_id = ${tx.tenantId} and (state = 'open' or ${all})
      order by proposed_at desc, proposal_id limit 200`,
    shape,
  );
  const found: Proposal[] = [];
  for (const row of rows) found.push(await opened(keys, tx, row));
  return found;
}

/** By its id, or by the rule's. */
export async function readProposal(keys: Keys, tx: TenantTx, named: string): Promise<Proposal | null> {
  const row = await tx.maybe(
    sql`select ${COLUMNS} from approvals.proposal where tenant_id = ${tx.tenantId} and (proposal_id::text = ${named} or rule_id = ${named})`,
    shape,
  );
  return row === null ? null : opened(keys, tx, row);
}

/** false: it had ended before. */
export async function endProposal(
  deps: Pick<ApprovalsDeps, "append">,
  tx: TenantTx,
  { proposal, rule }: Pick<Proposal, "proposal" | "rule">,
  ended: EndedProposal,
): Promise<boolean> {
  const done = await tx.run(sql`update approvals.proposal set state = ${ended.state}, ended_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and proposal_id = ${proposal} and state = 'open'`);
  if (done === 0) return false;
  await deps.append(tx, {
    kind: "rule.propose",
    outcome: "success",
    action: ended.state,
    observer: { type: "app", id: "countersign" },
    initiator: ended.by,
    target: { type: "tenant", id: tx.tenantId },
    requestId: ended.requestId,
    body: { v: 1, proposal, rule },
  });
  return true;
}
