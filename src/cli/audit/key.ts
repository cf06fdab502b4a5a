import type { Register } from "../command.ts";
import { auditGroup } from "./group.ts";

export type KeyAnswer =
  | { readonly kind: "key"; readonly base: string; readonly vkey: string }
  | { readonly kind: "rotating"; readonly from: string; readonly to: string }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export interface KeyPorts {
  readonly show: () => Promise<KeyAnswer>;
  readonly rotate: () => Promise<KeyAnswer>;
}

export function auditKey(ports: KeyPorts): Register {
  return (program, terminal) => {
    const group = auditGroup(program).command("key").description("The key that signs the log's checkpoints.");
    const command = (name: string, description: string, ask: () => Promise<KeyAnswer>): void => {
      group
        .command(name)
        .description(description)
        .option("--json", "print JSON")
        .action(async ({ json }: { readonly json?: boolean }) => {
          const answer = await ask();
          const lines = json === true ? [JSON.stringify(answer)] : told(answer);
          for (const line of lines) (json !== true && answer.kind === "refused" ? terminal.err : terminal.out)(line);
          terminal.exit(answer.kind === "refused" ? 2 : 0);
        });
    };
    command("show", "Print the verifier key (C2SP vkey): what auditors pin and witnesses are given.", ports.show);
    command("rotate", "Change the key: the next epoch announces the new one, signed by the old one.", ports.rotate);
  };
}

function told(answer: KeyAnswer): readonly string[] {
  switch (answer.kind) {
    case "key":
      return [answer.vkey];
    case "rotating":
      return [
        "A new key is made. The next epoch announces it, both keys sign that epoch's checkpoint, and the old key is destroyed after it.",
        `  old  ${answer.from}`,
        `  new  ${answer.to}`,
        "Give the new key to your witnesses before the next epoch (a witness takes --log twice). Auditors need nothing: the log itself says it.",
      ];
    case "refused":
      return answer.problems;
  }
}
