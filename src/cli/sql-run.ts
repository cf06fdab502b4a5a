import type { Command } from "commander";
import { plain } from "#gate";
import { TITLES, type Verdict } from "#sqlguard";
import type { Examination, SchemaShown, Selected } from "#sqlguard/io";
import type { Terminal } from "./command.ts";
import { readText } from "./documents.ts";
import { refusalsAsText, resultAsText, schemaAsText } from "./sql-output.ts";

interface Named {
  /** The tenant's prefix. */
  readonly tenant: string;
  readonly connection: string;
}

/** What was asked for cannot even be begun: one sentence for each reason. */
interface NotBegun {
  readonly kind: "refused";
  readonly problems: readonly string[];
}

interface Checked {
  readonly kind: "verdict";
  readonly verdict: Verdict;
}

export interface SqlPorts {
  /** Runs behind all walls; its entry is in the tenant's log before it resolves. */
  readonly select: (asked: Named & { readonly sql: string }) => Promise<Selected | NotBegun>;
  /** Its entry is in the tenant's log before it resolves. */
  readonly discover: (asked: Named) => Promise<SchemaShown | NotBegun>;
  /** All walls but the query itself: nothing of the statement is run. */
  readonly check: (asked: Named & { readonly sql: string }) => Promise<Checked | NotBegun>;
  readonly examine: (asked: Named) => Promise<Examination | NotBegun>;
}

interface RunOptions extends Named {
  readonly file?: string;
  readonly json?: boolean;
}

const MAX_BYTES = 1024 * 1024;
const TENANT = ["--tenant <prefix>", "whose database"] as const;
const CONNECTION = [
  "--connection <name>",
  "which: DATABASE_URL stands for <PREFIX>_DATABASE_URL of the environment",
] as const;

export function registerRun(group: Command, ports: SqlPorts, terminal: Terminal): void {
  group
    .command("run [sql]")
    .description(
      "Run one SELECT as an agent would: behind all walls, with an entry in the tenant's log. Status 0: rows, 1: denied or refused by the server, 2: no answer.",
    )
    .requiredOption(...TENANT)
    .requiredOption(...CONNECTION)
    .option("--file <path>", "read the statement from a file, or from - for standard input")
    .option("--json", "print JSON")
    .action(async (given: string | undefined, options: RunOptions) => {
      const refuse = (...problems: readonly string[]): void => {
        for (const problem of problems) terminal.err(plain(problem, 400));
        terminal.exit(2);
      };
      if ((given === undefined) === (options.file === undefined))
        return refuse("Give the statement: as one argument in quotes, or with --file.");
      const read =
        given === undefined ? await readText(options.file ?? "-", MAX_BYTES) : { kind: "text" as const, text: given };
      if (read.kind === "unreadable") return refuse(read.problem);
      const result = await ports.select({ tenant: options.tenant, connection: options.connection, sql: read.text });
      if (result.kind === "refused") return refuse(...result.problems);
      if (result.kind === "no_connection") return refuse(result.why);
      terminal.out(options.json === true ? JSON.stringify(result) : resultAsText(result, read.text));
      terminal.exit(result.kind === "rows" ? 0 : result.kind === "lost" ? 2 : 1);
    });
}

export function registerSchema(group: Command, ports: SqlPorts, terminal: Terminal): void {
  group
    .command("schema")
    .description(
      "What the login may read: tables, columns, indexes, sizes, foreign keys, the longest queries; no value of any row. With an entry in the tenant's log. Status 0: shown, 1: denied, 2: no answer.",
    )
    .requiredOption(...TENANT)
    .requiredOption(...CONNECTION)
    .option("--json", "print JSON")
    .action(async ({ tenant, connection, json }: RunOptions) => {
      const shown = await ports.discover({ tenant, connection });
      switch (shown.kind) {
        case "refused":
          for (const problem of shown.problems) terminal.err(plain(problem, 400));
          return terminal.exit(2);
        case "no_connection":
        case "lost":
          terminal.err(plain(shown.why, 400));
          return terminal.exit(2);
        case "denied":
          terminal.out(json === true ? JSON.stringify(shown) : refusalsAsText(shown.refusals, ""));
          return terminal.exit(1);
        case "schema":
          terminal.out(json === true ? JSON.stringify(shown.schema) : schemaAsText(shown.schema));
      }
    });
}

export function registerDoctor(group: Command, ports: SqlPorts, terminal: Terminal): void {
  group
    .command("doctor")
    .description(
      "What a login may do beyond reading, and the SQL to take it away. Status 0: well, 1: look at it, 2: broken.",
    )
    .requiredOption(...TENANT)
    .requiredOption(...CONNECTION)
    .option("--json", "print JSON")
    .action(async ({ tenant, connection, json }: RunOptions) => {
      const examined = await ports.examine({ tenant, connection });
      if (json === true) terminal.out(JSON.stringify(examined));
      if (examined.kind !== "findings") {
        if (json !== true)
          for (const problem of examined.kind === "refused" ? examined.problems : [examined.why])
            terminal.err(plain(problem, 400));
        return terminal.exit(2);
      }
      const { role, dialect, version, findings } = examined;
      if (json !== true) {
        terminal.out(
          `${plain(role, 64)} on ${TITLES[dialect]} ${version}: ${findings.length === 0 ? "it can only read." : "it can do more than read."}`,
        );
        for (const { level, what, fix } of findings)
          terminal.out(`${level === "must" ? "FAIL" : "warn"}  ${plain(what, 400)}\n      ${plain(fix, 400)}`);
      }
      terminal.exit(findings.some(({ level }) => level === "must") ? 2 : findings.length > 0 ? 1 : 0);
    });
}
