import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { decide, isExplained, parseSnapshot, plain, record, sentenceOf, SENTENCES } from "#gate";
import { canonical } from "#verifier";
import type { ExitStatus, Register, Terminal } from "./command.ts";
import { readDocuments } from "./documents.ts";
import type { ParsedDocument } from "./documents.ts";
import { asJson, asLine, asText, statusOf } from "./gate-output.ts";
import type { Answer } from "./gate-output.ts";
import { replay } from "./gate-replay.ts";
import type { RecordedEntry, ReplayOptions } from "./gate-replay.ts";

interface CheckOptions {
  readonly snapshot: string;
  readonly json?: boolean;
  readonly saveRecord?: string;
}

export function gate(recordedEntry: RecordedEntry | null): Register {
  return (program, terminal) => {
    const group = program.command("gate").description("Decide, explain and replay merge decisions, without a server.");
    check(group, terminal);
    explain(group, terminal);
    group
      .command("replay")
      .description("Decide a past decision again. Status 0: the same outcome, 1: another one, 2: no record.")
      .option("--record <file>", "a record, as the audit log keeps it; - reads standard input")
      .option("--entry <id>", "an entry of the audit log (needs the database)")
      .option("--json", "print JSON, one line for each record")
      .action((options: ReplayOptions) => replay(options, recordedEntry, terminal));
  };
}

function check(group: Command, terminal: Terminal): void {
  group
    .command("check")
    .description("Decide from a snapshot. Status 0: pass, 1: fail, 2: could not decide, or unusable input.")
    .requiredOption(
      "--snapshot <file>",
      "a snapshot (docs/gate.md); - reads standard input; several, one on each line, give one verdict on each line",
    )
    .option("--json", "print JSON, one line for each snapshot")
    .option("--save-record <file>", "write what the audit log would keep, for gate replay")
    .action(async (options: CheckOptions) => {
      const read = await readDocuments(options.snapshot);
      if (read.kind === "unreadable") return unreadable(read.problem, options.json === true, terminal);
      const records: string[] = [];
      let worst: ExitStatus = 0;
      for (const document of read.documents) {
        const answer = answerTo(document);
        terminal.out(options.json === true ? asJson(answer) : read.several ? asLine(answer) : asText(answer));
        const status = statusOf(answer);
        if (status > worst) worst = status;
        if (answer.kind === "verdict" && options.saveRecord !== undefined)
          records.push(canonical(record(answer.facts, answer.verdict)));
      }
      terminal.exit(worst);
      if (options.saveRecord !== undefined) await save(options.saveRecord, records, terminal);
    });
}

function answerTo(document: ParsedDocument): Answer {
  if (document.kind === "broken")
    return { kind: "unusable", reason: "undecidable", problems: [document.problem], headSha: null };
  const result = parseSnapshot(document.json);
  return result.kind === "unusable" ? result : { kind: "verdict", facts: result.facts, verdict: decide(result.facts) };
}

/** A program that reads our answers gets one here too. */
function unreadable(problem: string, json: boolean, terminal: Terminal): void {
  usage(problem, terminal);
  if (json) terminal.out(asJson({ kind: "unusable", reason: "undecidable", problems: [problem], headSha: null }));
}

async function save(file: string, records: readonly string[], terminal: Terminal): Promise<void> {
  try {
    await writeFile(file, records.map((r) => `${r}\n`).join(""), { mode: 0o600 });
  } catch {
    terminal.err(`The record could not be written to ${plain(file)}. Check the directory and its permissions.`);
    terminal.exit(2);
  }
}

interface ExplainOptions {
  readonly snapshot?: string;
  readonly json?: boolean;
}

function explain(group: Command, terminal: Terminal): void {
  group
    .command("explain [code]")
    .description(
      "What a code means and what to do; or, with --snapshot, why a pull request passes or not. Without either: all codes.",
    )
    .option("--snapshot <file>", "a snapshot; - reads standard input")
    .option("--json", "print JSON")
    .action(async (name: string | undefined, options: ExplainOptions) => {
      if (name !== undefined && options.snapshot !== undefined)
        return usage("Give either a code or --snapshot, not both.", terminal);
      if (options.snapshot !== undefined) return explainSnapshot(options.snapshot, options.json === true, terminal);
      if (name === undefined) return explainAll(options.json === true, terminal);
      if (!isExplained(name))
        return usage(`There is no code "${plain(name, 60)}". \`countersign gate explain\` lists them all.`, terminal);
      const { what, todo, move } = sentenceOf(name);
      terminal.out(
        options.json === true
          ? JSON.stringify({ code: name, what, todo, move })
          : `${name}\n  ${what}\n  What to do: ${todo}`,
      );
    });
}

function usage(problem: string, terminal: Terminal): void {
  terminal.err(problem);
  terminal.exit(2);
}

function explainAll(json: boolean, terminal: Terminal): void {
  const all = Object.entries(SENTENCES);
  if (json) terminal.out(JSON.stringify(all.map(([code, { what, todo, move }]) => ({ code, what, todo, move }))));
  else for (const [code, { what }] of all) terminal.out(`${code.padEnd(24)} ${what}`);
}

async function explainSnapshot(file: string, json: boolean, terminal: Terminal): Promise<void> {
  const read = await readDocuments(file);
  if (read.kind === "unreadable") return usage(read.problem, terminal);
  for (const document of read.documents) {
    const answer = answerTo(document);
    terminal.out(json ? asJson(answer) : asText(answer));
    if (answer.kind === "unusable") terminal.exit(2);
  }
}
