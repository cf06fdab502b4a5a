// What can be given to somebody who does not trust us: a proof of one entry, and signed heads.

import type { Command } from "commander";
import { proofFile } from "#audit";
import { entryId } from "#kernel";
import type { Terminal } from "../command.ts";
import type { AuditPorts, WithLog } from "./ports.ts";
import { noSuchEntry } from "./show.ts";

const withoutEnd = (text: string): string => text.replace(/\n$/, "");

export function evidenceCommands(group: Command, ports: AuditPorts, terminal: Terminal): void {
  const refused = (done: WithLog): void => {
    if (done.kind !== "refused") return;
    for (const problem of done.problems) terminal.err(problem);
    terminal.exit(2);
  };

  group
    .command("proof")
    .argument("<id>", "the entry's id")
    .description("Print a C2SP tlog-proof of one entry: countersign audit proof ID > entry.tlog-proof")
    .option("--tenant <prefix>", "whose log; otherwise every tenant's is looked in")
    .action(async (text: string, options: { readonly tenant?: string }) => {
      const id = entryId(text);
      if (id === null) return refused({ kind: "refused", problems: [noSuchEntry(JSON.stringify(text.slice(0, 40)))] });
      refused(
        await ports.withEntry(id, options.tenant ?? null, async (log) => {
          const proof = await log.prove(id);
          if (proof.kind === "proven") return terminal.out(withoutEnd(proofFile(proof, proof.checkpoint.note)));
          terminal.err(
            proof.kind === "pending"
              ? "There is no proof yet: the entry is durable, and no checkpoint covers it. A running server signs one every five minutes; ask again then."
              : noSuchEntry(id),
          );
          terminal.exit(1);
        }),
      );
    });

  group
    .command("checkpoint")
    .description("Print the newest signed checkpoint: of the public epoch log, or with --tenant of that tenant's log.")
    .option("--tenant <prefix>", "whose log")
    .action(async ({ tenant }: { readonly tenant?: string }) => {
      const print = (note: string | null): void => {
        if (note !== null) return terminal.out(withoutEnd(note));
        terminal.err("There is no checkpoint yet. A running server signs one every five minutes: countersign serve.");
        terminal.exit(1);
      };
      if (tenant !== undefined)
        return refused(await ports.withLog(tenant, async (log) => print(await log.checkpoint())));
      const answer = await ports.epochCheckpoint();
      if ("note" in answer) print(answer.note);
      else refused(answer);
    });
}
