import type { Command } from "commander";
import { refusing, type Terminal } from "../command.ts";
import type { ExportTo } from "./ports.ts";
import { printable } from "./printable.ts";
import { asText } from "./verify-text.ts";

interface ExportOptions {
  readonly tenant?: string;
  readonly all?: boolean;
  readonly to: string;
  readonly json?: boolean;
}

export function exportCommand(group: Command, exportTo: ExportTo, terminal: Terminal): void {
  group
    .command("export")
    .description(
      "Write the log as files (docs/audit-format.md), sealed as it is, and verify what was written. Run again after an interruption, it goes on. Status 0: written, 1: what was written does not verify, 2: not written.",
    )
    .option("--tenant <prefix>", "whose log")
    .option("--all", "every log, the platform's own included")
    .requiredOption("--to <directory>", "a new or empty directory, or one whose export was cut off")
    .option("--json", "print JSON")
    .action(async (options: ExportOptions) => {
      const refuse = (problems: readonly string[]): void => refusing(terminal)(problems, options.json);
      if ((options.tenant === undefined) === (options.all !== true))
        return refuse(["Give either --tenant PREFIX or --all."]);
      const done = await exportTo({ tenant: options.tenant ?? null, directory: options.to });
      if (done.kind === "refused") return refuse(done.problems);
      const { files, resumed, entries, report } = done;
      // Not judged without a key: that the directory is unsigned is for whoever verifies it with theirs.
      const tampered = report.verdicts.some(({ state }) => state === "tampered");
      if (options.json === true)
        terminal.out(JSON.stringify({ kind: done.kind, files, resumed, entries, verdicts: report.verdicts }));
      else if (tampered) for (const line of asText(report)) terminal.err(line);
      else {
        const before = resumed === 0 ? "" : ` (${resumed} of them by an earlier run)`;
        terminal.out(
          `${files} files${before}, ${entries} entries. What was written was read back: ${report.counts.entries} leaves and ${report.counts.bodies} bodies are what the tree commits to.`,
        );
        terminal.out(
          `Verify it with your own key, anywhere: countersign audit verify ${printable(options.to)} --key <vkey>`,
        );
      }
      terminal.exit(tampered ? 1 : 0);
    });
}
