import { stat } from "node:fs/promises";
import { plain } from "#gate";
import { deny, dialectOf, DIALECTS, MAJORS, NO_RULES, refusalOf, VERSIONS, type Verdict } from "#sqlguard";
import { checkConnected } from "#sqlguard/io";
import type { Register, Terminal } from "./command.ts";
import { readText, type Text } from "./documents.ts";
import { registerDoctor, registerRun, registerSchema, type SqlPorts } from "./sql-run.ts";
import { guardsFor, type Guards } from "./sql-guards.ts";
import { registerMigration } from "./sql-migration.ts";
import { asLine, asText, isLines, lineRequest, statusOf } from "./sql-output.ts";

export type { SqlPorts } from "./sql-run.ts";

interface CheckOptions {
  readonly dialect: string;
  readonly major?: string;
  readonly serverVersion?: string;
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
      .command("check [statement]")
      .description(
        "Decide about a statement without running it: in quotes, in a file, or on standard input (-). Status 0: allowed, 1: denied, 2: unusable input.",
      )
      .option("--dialect <name>", DIALECTS.join(", "), "postgres")
      .option(
        "--major <number>",
        `the server's version: ${MAJORS.join(", ")} (18 unless said); mariadb: ${VERSIONS.mariadb.join(", ")}; mysql: ${VERSIONS.mysql.join(", ")}`,
      )
      .option("--server-version <number>", "the same")
      .option(
        "--database <name>",
        "with --client: the name of its connection; without: a URL. Its catalog, login and planner take part. sqlite: the file",
      )
      .option("--client <prefix>", "whose database, with its client.yml: masked columns, allowed functions")
      .option("--json", "print JSON")
      .option(
        "--lines",
        'the input is JSON lines {"id","sql"}, with a "dialect" where it is another one; one answer on each line, in order (with --json found out)',
      )
      .action((given: string | undefined, options: CheckOptions) => runCheck(given ?? "-", options, ports, terminal));
    registerMigration(group, terminal);
    if (ports === null) return;
    registerRun(group, ports, terminal);
    registerSchema(group, ports, terminal);
    registerDoctor(group, ports, terminal);
  };

/** A statement in quotes is no file: where there is none of that name, and it has more than one word, it is taken as it is. */
async function textOf(given: string): Promise<Text> {
  const written = given !== "-" && /\s/.test(given.trim()) && (await stat(given).catch(() => null)) === null;
  return written ? { kind: "text", text: given } : readText(given, MAX_BYTES);
}

const isUrl = (database: string | undefined): database is string => database?.includes("://") === true;

async function runCheck(
  given: string,
  options: CheckOptions,
  ports: SqlPorts | null,
  terminal: Terminal,
): Promise<void> {
  const { client, database, dialect, json } = options;
  if (client !== undefined) return runClientCheck(given, client, options, ports, terminal);
  if (database !== undefined && !isUrl(database) && dialectOf(dialect) !== "sqlite")
    return unusable(
      "--database is the name of a client's connection: give the client, too (--client acme); or a URL.",
      terminal,
    );
  if (isUrl(database)) return runUrlCheck(given, database, options, terminal);
  const guards = guardsFor({ ...options, major: options.major ?? options.serverVersion });
  try {
    const guard = guards.of(dialect);
    if (typeof guard === "string") return unusable(guard, terminal);
    const read = await textOf(given);
    if (read.kind === "unreadable") return unusable(read.problem, terminal);
    if (options.lines === true || (json === true && isLines(read.text)))
      return await checkLines(read.text, guards, dialect, terminal);
    show(await guard.check(read.text), read.text, json, terminal);
  } finally {
    await guards.close();
  }
}

/** Without a client there are no rules of one. The server says itself what dialect and version it is. */
async function runUrlCheck(
  given: string,
  url: string,
  { lines, json }: CheckOptions,
  terminal: Terminal,
): Promise<void> {
  const read = await textOf(given);
  if (read.kind === "unreadable") return unusable(read.problem, terminal);
  if (lines === true || (json === true && isLines(read.text)))
    return unusable("With a database one statement is decided at a time: no JSON lines.", terminal);
  show(await checkConnected({ url }, read.text, NO_RULES), read.text, json, terminal);
}

function show(verdict: Verdict, sql: string, json: boolean | undefined, terminal: Terminal): void {
  terminal.out(json === true ? asLine(verdict) : asText(verdict, sql));
  terminal.exit(statusOf(verdict));
}

/** The connection says itself what dialect and version it is. */
async function runClientCheck(
  given: string,
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
  const read = await textOf(given);
  if (read.kind === "unreadable") return unusable(read.problem, terminal);
  const checked = await ports.check({ tenant, connection: database, sql: read.text });
  if (checked.kind === "refused")
    return unusable(checked.problems.map((each) => plain(each, 400)).join("\n"), terminal);
  show(checked.verdict, read.text, json, terminal);
}

async function checkLines(input: string, guards: Guards, dialect: string, terminal: Terminal): Promise<void> {
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
    const guard = guards.of(request.dialect ?? dialect);
    if (typeof guard === "string") {
      broken = true;
      terminal.err(`Line ${index + 1}: ${plain(guard, 400)}`);
      // It has an answer, too: whoever reads them in order stays in order.
      terminal.out(asLine(deny([refusalOf("session", "", { says: guard })]), request.id));
      continue;
    }
    const verdict: Verdict = await guard.check(request.sql);
    denied ||= verdict.verdict === "deny";
    terminal.out(asLine(verdict, request.id));
  }
  terminal.exit(broken ? 2 : denied ? 1 : 0);
}

function unusable(problem: string, terminal: Terminal): void {
  terminal.err(problem);
  terminal.exit(2);
}
