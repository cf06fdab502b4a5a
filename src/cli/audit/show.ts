import type { Command } from "commander";
import type { EntryProofAnswer } from "#audit";
import { entryDocument } from "#audit/io";
import { entryId } from "#kernel";
import type { Terminal } from "../command.ts";
import { asText, isUnsound } from "./entry-text.ts";
import type { AuditPorts } from "./ports.ts";

const NO_ID =
  "Give the id of an entry, such as 0198c1d2-7b1e-7c33-a1b2-3c4d5e6f7081. `countersign audit log` lists them.";
export const noSuchEntry = (id: string): string =>
  `There is no entry ${id} here. \`countersign audit log\` lists the ids; --tenant says whose log to look in.`;

export function showCommand(group: Command, ports: AuditPorts, terminal: Terminal): void {
  group
    .command("show")
    .argument("<id>", "the entry's id")
    .description("Show one entry: what was written, and its receipt. That you read it is an entry, too.")
    .option("--tenant <prefix>", "whose log; otherwise every tenant's is looked in")
    .option("--json", "print JSON")
    .action(async (text: string, options: { readonly tenant?: string; readonly json?: boolean }) => {
      const id = entryId(text);
      if (id === null) {
        terminal.err(NO_ID);
        return terminal.exit(2);
      }
      const done = await ports.withEntry(id, options.tenant ?? null, async (log) => {
        const entry = await log.entry(id);
        if (entry === null) {
          terminal.err(noSuchEntry(id));
          return terminal.exit(1);
        }
        const proof = await log.prove(id);
        if (options.json === true)
          terminal.out(
            JSON.stringify({ ...entryDocument(entry), tenant: log.prefix, receipt: receiptDocument(proof) }),
          );
        else terminal.out(asText(entry, receiptText(proof, id)));
        if (isUnsound(entry)) {
          terminal.err(
            `This body is not what the log committed to. Run: countersign audit verify --tenant ${log.prefix}`,
          );
          terminal.exit(1);
        }
      });
      if (done.kind === "refused") {
        for (const problem of done.problems) terminal.err(problem);
        terminal.exit(2);
      }
    });
}

export function receiptText(proof: EntryProofAnswer, id: string): readonly string[] {
  switch (proof.kind) {
    case "no_such_entry":
      return [];
    case "pending":
      return [
        proof.index === null
          ? "place    none yet: it is durable, and gets its index within milliseconds while the server runs"
          : `place    index ${proof.index}; the next checkpoint, within five minutes, will cover it`,
      ];
    case "proven":
      return [
        `place    index ${proof.entry.index} of ${proof.entry.size}`,
        `proof    epoch ${proof.epoch.index}, in the checkpoint of size ${proof.checkpoint.size}`,
        `         countersign audit proof ${id} > entry.tlog-proof`,
      ];
  }
}

function receiptDocument(proof: EntryProofAnswer): object {
  switch (proof.kind) {
    case "no_such_entry":
    case "pending":
      return { state: "pending", index: proof.kind === "pending" ? proof.index : null };
    case "proven":
      return {
        state: "proven",
        index: proof.entry.index,
        size: proof.entry.size,
        root: Buffer.from(proof.entry.root).toString("hex"),
        epoch: proof.epoch.index,
        tenantCheckpoint: proof.tenantCheckpoint.note,
        checkpoint: proof.checkpoint.note,
      };
  }
}
