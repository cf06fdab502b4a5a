import { plain } from "#gate";
import { dialectOf, DIALECTS, majorOf, MAJORS, unknownVersion, VERSIONS, type Verdict } from "#sqlguard";
import { check, checkMysql, checkSqlite, createMysqlParser, createParser } from "#sqlguard/io";
import type { Register, Terminal } from "./command.ts";
import { readText } from "./documents.ts";
import { registerDoctor, registerRun, registerSchema, type SqlPorts } from "./sql-run.ts";
import { registerMigration } from "./sql-migration.ts";
import { asLine, asText, lineRequest, statusOf } from "./sql-output.ts";

export type { SqlPorts } from "./sql-run.ts";

interface CheckOptions {
  readonly dialect: string;
  readonly major?: string;
  readonly database?: string;
  readonly client?: string;
  readonly json?: boolean;
  readonly lines?: boolean;
}

/** Enough for a corpus of statements; each one has a limit of its own. */
const MAX_BYTES = 64 * 1024 * 1024;

/** `ports` is null where only `check` is wanted, which needs nothing. */
export const sql =
  (ports: SqlPorts | null): Register =>
  (program, terminal) => {
    const group = program
      .command("sql")
      .description("The read-only SQL guard: decide about a statement, run it, examine a login.");
    group
      .command("check [file]")
      .description("Decide about a statement without running it. Status 0: allowed, 1: denied, 2: unusable input.")
      .option("--dialect <name>", DIALECTS.join(", "), "postgres")
      .option(
        "--major <number>",
        `the server's version: ${MAJORS.join(", ")} (18 unless said); mariadb: ${VERSIONS.mariadb.join(", ")}; mysql: ${VERSIONS.mysql.join(", ")}`,
      )
      .option(
        "--database <name>",
        "with --client: the name of its connection, whose catalog, login and planner take part; sqlite without a client: the file",
      )
      .option("--client <prefix>", "whose database, with its client.yml: masked columns, allowed functions")
      .option("--json", "print JSON")
      .option("--lines", 'the input is JSON lines {"id","sql"}; one answer on each line, in order')
      .action((file: string | undefined, options: CheckOptions) => runCheck(file ?? "-", options, ports, terminal));
    registerMigration(group, terminal);
    if (ports === null) return;
    registerRun(group, ports, terminal);
    registerSchema(group, ports, terminal);
    registerDoctor(group, ports, terminal);
  };

/** The first wall of one dialect and version. */
interface Guard {
  readonly check: (text: string) => Promise<Verdict>;
  readonly close: () => Promise<void>;
}

async function runCheck(
  file: string,
  options: CheckOptions,
  ports: SqlPorts | null,
  terminal: Terminal,
): Promise<void> {
  if (options.client !== undefined) return runClientCheck(file, options.client, options, ports, terminal);
  if (options.database !== undefined && dialectOf(options.dialect) !== "sqlite")
    return unusable("--database is the name of a client's connection: give the client, too (--client acme).", terminal);
  const guard = guardFor(options);
  if (typeof guard === "string") return unusable(guard, terminal);
  const read = await readText(file, MAX_BYTES);
  if (read.kind === "unreadable") return unusable(read.problem, terminal);
  try {
    if (options.lines === true) return await checkLines(read.text, guard, terminal);
    const verdict = await guard.check(read.text);
    terminal.out(options.json === true ? asLine(verdict) : asText(verdict, read.text));
    terminal.exit(statusOf(verdict));
  } finally {
    await guard.close();
  }
}

/** The connection says itself what dialect and version it is. */
async function runClientCheck(
  file: string,
  tenant: string,
  { database, json, lines }: CheckOptions,
  ports: SqlPorts | null,
  terminal: Terminal,
): Promise<void> {
  if (ports === null || database === undefined || lines === true)
    return unusable(
      "With --client one statement is decided: give the name of the client's connection (--database DATABASE_URL), and no --lines.",
      terminal,
    );
  const read = await readText(file, MAX_BYTES);
  if (read.kind === "unreadable") return unusable(read.problem, terminal);
  const checked = await ports.check({ tenant, connection: database, sql: read.text });
  if (checked.kind === "refused")
    return unusable(checked.problems.map((each) => plain(each, 400)).join("\n"), terminal);
  terminal.out(json === true ? asLine(checked.verdict) : asText(checked.verdict, read.text));
  terminal.exit(statusOf(checked.verdict));
}

async function checkLines(input: string, guard: Guard, terminal: Terminal): Promise<void> {
  let denied = false;
  let broken = false;
  for (const [index, line] of input.split("\n").entries()) {
    if (line.trim() === "") continue;
    const request = lineRequest(line);
    if (request === null) {
      broken = true;
      terminal.err(`Line ${index + 1} is not {"id": ..., "sql": "..."}. Write one JSON object on each line.`);
      continue;
    }
    const verdict: Verdict = await guard.check(request.sql);
    denied ||= verdict.verdict === "deny";
    terminal.out(asLine(verdict, request.id));
  }
  terminal.exit(broken ? 2 : denied ? 1 : 0);
}

/** A guard, or the problem. Another dialect or version is refused by name, with what would be needed. */
function guardFor({ dialect: written, major, database }: CheckOptions): Guard | string {
  const dialect = dialectOf(written);
  if (dialect === null)
    return `There is no guard for the dialect "${plain(written, 40)}". It would need that server's own grammar; there are: ${DIALECTS.join(", ")}.`;
  if (dialect === "postgres") {
    const known = majorOf(Number(major ?? "18"));
    if (known === null)
      return `There is no guard for PostgreSQL "${plain(major ?? "", 40)}". It would need that version's grammar and lists; there are: ${MAJORS.join(", ")}.`;
    const parser = createParser(known);
    return { check: (text) => check(parser, text), close: () => parser.close() };
  }
  if (dialect === "sqlite") {
    if (database === undefined)
      return "SQLite's own engine decides, and it needs the tables: give the file with --database.";
    return { check: (text) => checkSqlite(database, text), close: async () => {} };
  }
  const problem = major === undefined ? null : unknownVersion(dialect, plain(major, 40));
  if (problem !== null) return problem;
  const parser = createMysqlParser(dialect);
  return { check: (text) => checkMysql(parser, text), close: () => parser.close() };
}

function unusable(problem: string, terminal: Terminal): void {
  terminal.err(problem);
  terminal.exit(2);
}
