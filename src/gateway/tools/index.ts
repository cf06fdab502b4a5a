import { TOOL_NAMES, type Tool } from "#policy";
import type { ToolDeclaration } from "../declaration.ts";
import { checksRead } from "./checks-read.ts";
import { emailNotify } from "./email-notify.ts";
import { logsRead } from "./logs-read.ts";
import { prComment } from "./pr-comment.ts";
import { prMerge } from "./pr-merge.ts";
import { repoDiff } from "./repo-diff.ts";
import { repoPropose } from "./repo-propose.ts";
import { repoRead } from "./repo-read.ts";
import { repoSearch } from "./repo-search.ts";
import { shellTest } from "./shell-test.ts";
import { sqlSelect } from "./sql-select.ts";
import { ticketAsk } from "./ticket-ask.ts";
import { ticketRead } from "./ticket-read.ts";
import { ticketUpdate } from "./ticket-update.ts";
import { tracesRead } from "./traces-read.ts";

/** Every tool of the closed set (X5), by its name. */
export const TOOL_DECLARATIONS: Readonly<Record<Tool, ToolDeclaration>> = {
  "repo.read": repoRead,
  "repo.search": repoSearch,
  "repo.diff": repoDiff,
  "repo.propose": repoPropose,
  "pr.comment": prComment,
  "pr.merge": prMerge,
  "checks.read": checksRead,
  "logs.read": logsRead,
  "traces.read": tracesRead,
  "sql.select": sqlSelect,
  "ticket.read": ticketRead,
  "ticket.ask": ticketAsk,
  "ticket.update": ticketUpdate,
  "email.notify": emailNotify,
  "shell.test": shellTest,
};

/** What an agent is offered, in the order of the rules' table. */
export const offeredTools = (may: readonly string[] | "all"): readonly ToolDeclaration[] =>
  TOOL_NAMES.map((name) => TOOL_DECLARATIONS[name]).filter(({ name }) => may === "all" || may.includes(name));

/** null: there is no tool of that name. */
export const declarationOf = (name: string): ToolDeclaration | null =>
  TOOL_NAMES.map((each) => TOOL_DECLARATIONS[each]).find((each) => each.name === name) ?? null;
