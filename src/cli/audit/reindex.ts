import type { Command } from "commander";
import type { Terminal } from "../command.ts";
import type { Reindex } from "./ports.ts";

export function reindexCommand(group: Command, reindex: Reindex, terminal: Terminal): void {
  group
    .command("reindex")
    .description("Make the search index again from the log. It proves nothing and may be lost; the log is not touched.")
    .option("--tenant <prefix>", "whose index; may be left out where there is one tenant")
    .action(async ({ tenant }: { readonly tenant?: string }) => {
      const done = await reindex(tenant ?? null);
      if (done.kind === "refused") {
        for (const problem of done.problems) terminal.err(problem);
        return terminal.exit(2);
      }
      const closed =
        done.closed === 0
          ? ""
          : ` ${done.closed} of them have no readable body and are found by kind, outcome and time only.`;
      terminal.out(`${done.entries} entries can be searched again.${closed}`);
    });
}
