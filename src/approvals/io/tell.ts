// Makes one pull request say what waits there. Idempotent: what it depends on is read again first, the intent is in the log before the
// calls and the outcome after them, and what GitHub put off is done later, never dropped.

import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { NewEntry } from "#audit";
import type { Append } from "#audit/io";
import { commitSha, Fault, type ApprovalId, type CommitSha, type EntryId, type Json } from "#kernel";
import {
  findCheckRun,
  findComment,
  putCheckRun,
  putComment,
  type CommentPlace,
  type GitHub,
  type GitHubClient,
} from "#platform/github";
import type { Enqueue, JobHandler } from "#platform/jobs";
import { createScrubber } from "#platform/log";
import { branded, type Database, type TenantTx } from "#platform/postgres";
import { APPROVALS_CHECK, boardMarker, boardOf, LEFT, type Board, type Listed } from "../board.ts";
import { limits } from "../limits.ts";
import type { Delivery } from "../types.ts";
import { closeBoard, lockedBoard, openBoard, type BoardRow } from "./boards.ts";
import { JOB } from "./entries.ts";
import { rowsWhere, type Row } from "./rows.ts";
import { TELL_TASK, tellPayload } from "./tasks.ts";
import type { Approvals } from "./types.ts";

type Step = "tell:intended" | "tell:checked" | "tell:commented";

export interface TellDeps {
  readonly database: Pick<Database, "claimFor" | "withTenant" | "withPlatform">;
  readonly github: Pick<GitHub, "appId" | "installation">;
  readonly append: Append;
  readonly enqueue: Enqueue;
  readonly approvals: Approvals;
  /** The page of one request; null: nobody knows where others reach this server. */
  readonly pageOf: (approval: ApprovalId) => string | null;
  /** Every place between two durable steps. A test stops the process there; everywhere else it is absent. */
  readonly crash?: (step: Step) => void | Promise<void>;
}

type InTenant = <T>(fn: (tx: TenantTx) => Promise<T>) => Promise<T>;

export function tellHandler(deps: TellDeps): JobHandler {
  return async (payload) => {
    const { tenant, repository, number } = tellPayload.parse(payload);
    const claim = await deps.database.claimFor(tenant);
    if (claim === null) return;
    const inTenant: InTenant = (fn) => deps.database.withTenant(claim, fn);
    const rows = await inTenant((tx) => rowsOn(tx, repository, number));
    const place = rows[0]?.deliver;
    // INVARIANT: where nothing was asked, nothing is written, whatever a job may say.
    if (place === undefined || place === null) return;
    await tell(deps, inTenant, place);
  };
}

/** Those that wait first, then the newest. */
const rowsOn = (tx: TenantTx, repository: number, number: number): Promise<readonly Row[]> =>
  rowsWhere(
    tx,
    sql`repository_id = ${repository} and number = ${number} order by (state = 'pending') desc, requested_at desc, approval_id limit ${limits.listed}`,
  );

async function tell(deps: TellDeps, inTenant: InTenant, place: Delivery): Promise<void> {
  const { repository, number } = place;
  const client = deps.github.installation(repository.installation, repository.id, "report");
  const live = await readPull(client, place);
  await inTenant((tx) => voidWhatLeft(deps, tx, place, live));
  const sha = live?.sha ?? place.sha;
  const begun = await inTenant(async (tx) => {
    const board = await lockedBoard(tx, repository.id, number);
    const said = await compose(deps, tx, place, board, sha);
    const told = digestOf(said);
    if (board.told === told && board.openIntent === null) return null;
    return { board, said, told, intent: board.openIntent ?? (await intend(deps, tx, place, board, said)) };
  });
  if (begun === null) return;
  const { board, said, told, intent } = begun;
  await deps.crash?.("tell:intended");
  const checkRun = live === null ? null : await writeCheck(deps, client, place, board, said);
  await deps.crash?.("tell:checked");
  const comment = live === null ? null : await writeComment(deps, client, place, board, said);
  await deps.crash?.("tell:commented");
  await inTenant(async (tx) => {
    // INVARIANT: one outcome per intent, whoever else may have closed it meanwhile.
    if (!(await closeBoard(tx, board, intent, { sha, checkRun, comment, told }))) return;
    const outcome = live === null ? "not_performed" : "success";
    await deps.append(tx, { ...about(deps, place), outcome, intent, body: { checkRun, comment, sha } });
  });
}

interface Live {
  readonly sha: CommitSha;
  readonly open: boolean;
}

const livePull = z.object({ state: z.string(), head: z.object({ sha: branded(z.string(), commitSha) }) });

/** null: it is gone. */
async function readPull(client: GitHubClient, { repository, number }: Delivery): Promise<Live | null> {
  const [owner = "", repo = ""] = repository.name.split("/");
  const answer = await client.rest(
    "GET /repos/{owner}/{repo}/pulls/{pull_number}",
    { owner, repo, pull_number: number },
    [404],
  );
  if (answer.status === 404) return null;
  const live = livePull.safeParse(answer.data);
  if (!live.success)
    throw new Fault("github_unavailable", `GitHub's answer about pull request #${number} cannot be read.`);
  return { sha: live.data.head.sha, open: live.data.state === "open" };
}

/** INVARIANT (14): what was asked about a commit that is the head no more is nobody's to approve. */
async function voidWhatLeft(deps: TellDeps, tx: TenantTx, place: Delivery, live: Live | null): Promise<void> {
  for (const row of await rowsWhere(
    tx,
    sql`repository_id = ${place.repository.id} and number = ${place.number} and (state = 'pending' or state = 'approved' and used_at is null)`,
  )) {
    const moved = live !== null && row.headSha !== null && row.headSha !== live.sha;
    // The yes to a merge is used by closing the pull request: only what still waits ends with it.
    const closed = row.state === "pending" && (live === null || !live.open);
    if (moved || closed) await deps.approvals.voidIt(tx, row.approval, moved ? "head_moved" : "pull_request_closed");
  }
}

async function compose(
  deps: TellDeps,
  tx: TenantTx,
  place: Delivery,
  { board }: BoardRow,
  sha: CommitSha,
): Promise<Board> {
  const listed: Listed[] = [];
  for (const { approval } of await rowsOn(tx, place.repository.id, place.number)) {
    const asked = await deps.approvals.read(tx, approval);
    if (asked === null) continue;
    const { title, tool, rules } = asked.shown;
    listed.push({ approval, title: scrub(title), tool, rules, risk: asked.risk, standing: asked.standing });
  }
  return boardOf(listed, { board, sha, pageOf: deps.pageOf });
}

/** A title may quote what an agent wrote. */
const scrub = createScrubber([]);

const digestOf = ({ check, comment }: Board): string =>
  createHash("sha256")
    .update(JSON.stringify([check.head_sha, check.conclusion, check.output.title, comment]))
    .digest("hex");

const about = (
  { github }: TellDeps,
  { repository, number }: Delivery,
): Omit<NewEntry, "outcome" | "body" | "intent"> => ({
  kind: "approval.publish",
  observer: { type: "app", id: String(github.appId) },
  initiator: JOB,
  target: { type: "pull_request", id: `${repository.id}#${number}` },
  requestId: `${TELL_TASK}:${repository.id}#${number}`,
});

async function intend(deps: TellDeps, tx: TenantTx, place: Delivery, board: BoardRow, said: Board): Promise<EntryId> {
  const { conclusion, head_sha, output } = said.check;
  const body: Json = { sha: head_sha, conclusion, title: output.title, comment: said.comment };
  const intent = await deps.append(tx, { ...about(deps, place), outcome: "intent", body });
  await openBoard(tx, board, intent);
  return intent;
}

async function writeCheck(
  deps: TellDeps,
  client: GitHubClient,
  { repository }: Delivery,
  board: BoardRow,
  { check }: Board,
): Promise<number> {
  const known = board.sha === check.head_sha ? board.checkRun : null;
  // The old head's would go on saying that somebody waits there.
  if (board.sha !== null && board.sha !== check.head_sha && board.checkRun !== null)
    await putCheckRun(client, repository.name, { ...LEFT, head_sha: board.sha }, board.checkRun);
  const { appId } = deps.github;
  const target =
    known ??
    (await findCheckRun(client, { repository: repository.name, sha: check.head_sha, appId, name: APPROVALS_CHECK }))
      ?.id ??
    null;
  return putCheckRun(client, repository.name, { ...check }, target);
}

async function writeComment(
  deps: TellDeps,
  client: GitHubClient,
  { repository, number }: Delivery,
  board: BoardRow,
  { comment }: Board,
): Promise<number | null> {
  const place: CommentPlace = { repository: repository.name, number, appId: deps.github.appId };
  // Only where one may have been written already is it looked for.
  const target =
    board.comment ?? (board.openIntent === null ? null : await findComment(client, place, boardMarker(board.board)));
  return putComment(client, place, comment, target);
}
