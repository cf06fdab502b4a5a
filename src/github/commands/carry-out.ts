// One command: read what it needs (outside any transaction), rule, and write effect, audit entry and owed reply together.

import sql from "sql-template-tag";
import type { Append } from "#audit/io";
import { type AppId, Fault } from "#kernel";
import type { Enqueue } from "#platform/jobs";
import type { TenantClaim, TenantTx } from "#platform/postgres";
import type { GateIntake } from "../intake.ts";
import { type Ruling, decideCommand } from "./decide.ts";
import type { CommandAsked } from "./parse.ts";
import { type Effect, replyTo } from "./reply.ts";
import { replyJob } from "./publish.ts";

export interface CommandParts {
  readonly intake: GateIntake;
  readonly enqueue: Enqueue;
  readonly append: Append;
  readonly appId: AppId;
}

export interface CommandFacts {
  readonly asked: CommandAsked;
  readonly ruling: Ruling;
  /** Read only for an explanation that will be given. */
  readonly report: string | null;
}

/** INVARIANT: a permission that cannot be read is no permission: the job tries again, nothing is done meanwhile. */
export async function loadCommand(intake: GateIntake, claim: TenantClaim, asked: CommandAsked): Promise<CommandFacts> {
  const permission = await intake.permission(claim, asked.pr.repository, asked.by);
  if (!permission.known)
    throw new Fault("github_unavailable", "GitHub did not say what the author of a command may do. It is asked again.");
  const ruling = decideCommand(asked.command, permission.value);
  const explains = ruling.kind === "do" && ruling.command.kind === "explain";
  return { asked, ruling, report: explains ? await intake.explain(claim, asked.pr) : null };
}

export async function commitCommand(
  parts: CommandParts,
  tx: TenantTx,
  guid: string,
  { asked, ruling, report }: CommandFacts,
): Promise<void> {
  const effect = await effectOf(parts.intake, tx, asked, ruling, report);
  const { repository, number } = asked.pr;
  const entry = await parts.append(tx, {
    kind: "gate.command",
    outcome: outcomeOf(effect),
    observer: { type: "app", id: String(parts.appId) },
    initiator: { type: "human", id: String(asked.by.id) },
    target: { type: "pull_request", id: `${repository.id}#${number}` },
    requestId: guid,
    body: {
      command: { ...asked.command },
      login: asked.by.login,
      effect: effect.kind,
      answer: "answer" in effect ? effect.answer : null,
    },
  });
  await tx.run(sql`
    insert into inbox.reply (tenant_id, guid, installation_id, repository_id, repository_name, pull_request, asked_at, body, entry_id)
    values (${tx.tenantId}, ${guid}, ${repository.installation}, ${repository.id}, ${repository.name}, ${number}, ${new Date(asked.at)}, ${replyTo(asked.by.login, effect, guid)}, ${entry})`);
  await parts.enqueue(tx, replyJob(tx.tenantId, guid));
}

function outcomeOf(effect: Effect): "success" | "refused" | "not_performed" {
  switch (effect.kind) {
    case "refused":
      return "refused";
    case "unknown":
      return "not_performed";
    case "release":
      return effect.answer === "released" ? "success" : "not_performed";
    case "hold":
      return effect.answer === "held" ? "success" : "not_performed";
    case "help":
    case "explained":
    case "rechecked":
    case "revoked":
      return "success";
  }
}

async function effectOf(
  intake: GateIntake,
  tx: TenantTx,
  asked: CommandAsked,
  ruling: Ruling,
  report: string | null,
): Promise<Effect> {
  if (ruling.kind === "refuse") return { kind: "refused", needs: ruling.needs };
  const { pr, by, at } = asked;
  const again = (): Promise<void> => intake.request(tx, { kind: "evaluate", pr });
  const { command, admin } = ruling;
  switch (command.kind) {
    case "help":
      return { kind: "help" };
    case "unknown":
      return { kind: "unknown", word: command.word };
    case "explain":
      return { kind: "explained", report };
    case "recheck":
      await again();
      return { kind: "rechecked" };
    case "hold": {
      const answer = await intake.hold(tx, pr, by, command.reason, at);
      await again();
      return { kind: "hold", answer, reason: command.reason };
    }
    case "unhold": {
      const answer = await intake.release(tx, pr, by, admin, at);
      await again();
      return { kind: "release", answer };
    }
    case "revoke":
      await intake.withdraw(tx, pr, by, at);
      await again();
      return { kind: "revoked" };
  }
}
