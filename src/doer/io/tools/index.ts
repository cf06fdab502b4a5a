import type { Json } from "#kernel";
import { tracesReadArguments, type Packet } from "#gateway";
import { done, type ToolWork } from "../../work.ts";
import { checksRead } from "./checks-read.ts";
import { logsRead } from "./logs-read.ts";
import { prComment } from "./pr-comment.ts";
import { prMerge, type InTenant } from "./pr-merge.ts";
import { repoDiff } from "./repo-diff.ts";
import { repoPropose, type Scrub } from "./repo-propose.ts";
import { repoRead } from "./repo-read.ts";
import { repoSearch } from "./repo-search.ts";
import { shellTest } from "./shell-test.ts";
import { sqlSelect, type SelectParts } from "./sql-select.ts";
import { ticketTools, type TicketParts } from "./tickets.ts";

export interface ToolParts {
  readonly select: SelectParts;
  readonly inTenant: InTenant;
  readonly scrub: Scrub;
  /** Where git's repositories are called to be, as `https://github.com`. */
  readonly gitHost: string;
  /** The agent's own calls, newest first. null: this program keeps no traces. */
  readonly traces:
    | ((packet: Packet, asked: { readonly call: string | null; readonly most: number }) => Promise<Json>)
    | null;
  /** Where people put dependencies for `shell.test`, a folder for each lock file. null: nowhere. */
  readonly dependencies?: string | null;
  /** null: this program keeps no tickets. */
  readonly tickets: TicketParts | null;
}

const tracesRead =
  (traces: NonNullable<ToolParts["traces"]>): ToolWork =>
  async ({ packet }) => {
    const { call, most } = tracesReadArguments.parse(packet.args);
    return done("Traces of this agent's own calls.", await traces(packet, { call, most }));
  };

/** The tools of the first release. What is not here is refused. */
export const createTools = ({
  select,
  inTenant,
  scrub,
  gitHost,
  traces,
  tickets,
  dependencies = null,
}: ToolParts): Readonly<Partial<Record<Packet["tool"], ToolWork>>> => ({
  "repo.read": repoRead,
  "repo.search": repoSearch(gitHost),
  "repo.diff": repoDiff(gitHost),
  "repo.propose": repoPropose(scrub),
  "pr.comment": prComment,
  "pr.merge": prMerge(inTenant),
  "checks.read": checksRead,
  "logs.read": logsRead(scrub),
  ...(traces === null ? {} : { "traces.read": tracesRead(traces) }),
  ...(tickets === null ? {} : ticketTools(inTenant, scrub, tickets)),
  "sql.select": sqlSelect(select),
  "shell.test": shellTest(gitHost, dependencies),
});
