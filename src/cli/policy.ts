import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { plain } from "#gate";
import { BASELINE, observed, parseCases, parseFacts, type Case, type Colour, type Verdict } from "#policy";
import type { Constitution, Folder, Opened } from "#policy/io";
import type { Verdict as GuardVerdict } from "#sqlguard";
import { check as checkSql, createParser } from "#sqlguard/io";
import { refusing, type Terminal } from "./command.ts";
import { readDocuments, type Documents } from "./documents.ts";
import { policyGroup } from "./policy-group.ts";
import { findingLine, reportText, verdictText } from "./policy-text.ts";

interface Options {
  readonly json?: boolean;
}

interface ExplainOptions extends Options {
  readonly constitution?: string;
  readonly command?: string;
  readonly native?: string;
  readonly sql?: string;
  readonly opa?: string;
}

/** The engine is some megabytes, which no other command has to wait for. */
const engine = () => import("#policy/io");

/** They need nothing but files: no server, no database. */
export function policy(program: Command, terminal: Terminal): void {
  const group = policyGroup(program);
  group
    .command("check [dir]")
    .description(
      "Would this constitution be loaded? Without a folder: Countersign's own rules. Status 0: yes, 1: no, with every reason, 2: unusable input.",
    )
    .option("--json", "print JSON")
    .action((dir: string | undefined, options: Options) => check(dir, options, terminal));
  group
    .command("test [dir]")
    .description(
      "Run the folder's cases, and see that they cover each rule and notice each change of it. Without a folder: Countersign's own. Status 0: all of it, 1: not, 2: unusable input.",
    )
    .option("--json", "print JSON")
    .action((dir: string | undefined, options: Options) => test(dir, options, terminal));
  group
    .command("explain [facts]")
    .description(
      "What is decided about a call, by which rules, and what would make it acceptable. Status 0: GREEN, 1: YELLOW or RED, 2: unusable input.",
    )
    .option("--command <line>", "instead of facts: a command line that an agent would run")
    .option(
      "--native <dir>",
      "with --command: as the agent's own program would run it in that folder, without a sandbox",
    )
    .option("--sql <statement>", "instead of facts: a statement that an agent would run on PostgreSQL")
    .option("--constitution <dir>", "a client's folder of rules")
    .option("--opa <url>", "decide by this Open Policy Agent instead of Countersign's own rules, above the floor")
    .option("--json", "print JSON, one line for each document")
    .action((file: string | undefined, options: ExplainOptions) => explain(file, options, terminal));
}

async function open(
  dir: string | undefined,
): Promise<{ readonly folder: Folder | null; readonly constitution: Constitution } | string> {
  const { readConstitution, readFolder } = await engine();
  if (dir === undefined) return { folder: null, constitution: await readConstitution(null) };
  const found = await stat(dir).catch(() => null);
  if (found?.isDirectory() !== true)
    return `${plain(dir)} is no folder that can be read. A client's rules stand in its folder under CLIENTS_DIR (clients; the demo's: .data/demo/clients), in constitution. \`countersign tenant onboard\` makes it.`;
  const folder = await readFolder(dir, "tenant");
  return { folder, constitution: await readConstitution(folder) };
}

async function check(dir: string | undefined, { json }: Options, terminal: Terminal): Promise<void> {
  const opened = await open(dir);
  if (typeof opened === "string") return refusing(terminal)([opened], json);
  const { openPolicy } = await engine();
  const { rules, citable, set } = opened.constitution;
  const answer = openPolicy("checked", opened.constitution);
  const findings = answer.kind === "refused" ? answer.findings : [];
  if (json === true)
    terminal.out(
      JSON.stringify({
        loads: findings.length === 0,
        set,
        findings,
        rules: [...citable].map(([rule, { text, hash }]) => ({ rule, hash, text })),
      }),
    );
  else {
    for (const finding of findings) terminal.out(findingLine(finding));
    const mine = rules.filter(({ layer }) => layer === "tenant").length;
    terminal.out(
      findings.length === 0
        ? `Loads: ${rules.length} rules${dir === undefined ? "" : `, ${mine} of them from ${plain(dir)}`}, and ${citable.size - rules.length} in prose. Set ${set}`
        : `It is not loaded: ${findings.length === 1 ? "a finding" : `${findings.length} findings`}.`,
    );
  }
  terminal.exit(findings.length === 0 ? 0 : 1);
}

async function test(dir: string | undefined, { json }: Options, terminal: Terminal): Promise<void> {
  const refuse = refusing(terminal);
  const opened = await open(dir);
  if (typeof opened === "string") return refuse([opened], json);
  const { examine, openPolicy, shippedFolder } = await engine();
  const { folder, constitution } = opened;
  const answer = openPolicy("checked", constitution);
  if (answer.kind === "refused") return refuse(answer.findings.map(findingLine), json);
  const folders = folder === null ? await Promise.all([shippedFolder("platform"), shippedFolder("floor")]) : [folder];
  const read = folders.flatMap((each) => each.cases).map(({ file, text }) => parseCases(file, text));
  const problems = read.flatMap((each) => (each.kind === "unusable" ? each.problems : []));
  if (problems.length > 0)
    return refuse(
      problems.map((problem) => plain(problem, 400)),
      json,
    );
  const cases: readonly Case[] = read.flatMap((each) => (each.kind === "cases" ? each.cases : []));
  const examined = constitution.rules.filter(({ layer }) => (layer === "tenant") === (folder !== null));
  if (folder !== null && examined.length + cases.length + folder.prose.length === 0)
    return refuse(
      [
        `There are no rules and no cases in ${plain(dir ?? "")}: nothing was tested. Rules stand in files that end in .cedar, their cases in .cases.yaml (docs/policy.md). \`countersign tenant onboard\` begins a folder with some; without a folder, Countersign's own are tested.`,
      ],
      json,
    );
  const report = await examine(constitution, examined, cases, (done, of) => {
    if (done > 0 && done % 50 === 0) terminal.err(`${done} of ${of} changed rules tried.`);
  });
  const good = report.failed.length + report.uncovered.length + report.survivors.length === 0;
  if (json === true) terminal.out(JSON.stringify({ good, ...report }));
  else for (const line of reportText(report)) terminal.out(plain(line, 600));
  terminal.exit(good ? 0 : 1);
}

const STATUS: Readonly<Record<Colour, 0 | 1>> = { GREEN: 0, YELLOW: 1, RED: 1 };

async function explain(
  file: string | undefined,
  { json, command, native, sql, opa, constitution }: ExplainOptions,
  terminal: Terminal,
): Promise<void> {
  const refuse = refusing(terminal);
  if ([file, command, sql].filter((each) => each !== undefined).length !== 1)
    return refuse(["Give one of these: a file of facts, --command with a command line, --sql with a statement."], json);
  if (native !== undefined && (command === undefined || !native.startsWith("/")))
    return refuse(["--native takes the folder in which --command would run, from the root on: /srv/shop."], json);
  const answer = await deciding(constitution, opa);
  if (typeof answer === "string") return refuse([answer], json);
  if (answer.kind === "refused") return refuse(answer.findings.map(findingLine), json);
  const folder = native === undefined ? undefined : { directory: native, root: native };
  const read = await asked(file, command, sql, folder);
  if (read.kind === "unreadable") return refuse([read.problem], json);
  let worst: 0 | 1 | 2 = 0;
  for (const document of read.documents) {
    const problems = document.kind === "broken" ? [document.problem] : problemsOf(document.json);
    if (problems.length > 0) {
      refuse(
        problems.map((problem) => plain(problem, 400)),
        json,
      );
      worst = 2;
      continue;
    }
    const verdict: Verdict = await answer.engine.decide(document.kind === "json" ? document.json : null);
    if (json === true) terminal.out(JSON.stringify(verdict));
    else for (const line of verdictText(verdict)) terminal.out(plain(line, 600));
    if (worst === 0) worst = STATUS[verdict.colour];
  }
  terminal.exit(worst);
}

/** By Countersign's own rules with a client's between them, or by another engine in their place. */
async function deciding(dir: string | undefined, opa: string | undefined): Promise<Opened | string> {
  const { openAbove, openPolicy, opaEngine, opaUrl, OPA_TIMEOUT_MS } = await engine();
  const opened = await open(dir);
  if (opa !== undefined) {
    const url = opaUrl(opa);
    if (typeof url === "string") return url;
    return typeof opened === "string"
      ? opened
      : openAbove("explained", opaEngine({ url, timeoutMs: OPA_TIMEOUT_MS }), opened.constitution);
  }
  return typeof opened === "string" ? opened : openPolicy("explained", opened.constitution);
}

/** Facts about a command line or a statement are computed here; what else the call has, is harmless. */
async function asked(
  file?: string,
  command?: string,
  sql?: string,
  native?: Parameters<typeof observed>[1]["native"],
): Promise<Documents> {
  const one = (json: unknown): Documents => ({
    kind: "documents",
    several: false,
    documents: [{ kind: "json", json }],
  });
  if (command !== undefined) return one(observed({ ...BASELINE, tool: "shell.test" }, { command, native }));
  if (sql !== undefined) return one(observed({ ...BASELINE, tool: "sql.select" }, { sql: await guarded(sql) }));
  return readDocuments(file ?? "-");
}

async function guarded(statement: string): Promise<GuardVerdict> {
  const parser = createParser(18);
  try {
    return await checkSql(parser, statement);
  } finally {
    await parser.close();
  }
}

function problemsOf(json: unknown): readonly string[] {
  const facts = parseFacts(json);
  return facts.kind === "unusable" ? facts.problems : [];
}
