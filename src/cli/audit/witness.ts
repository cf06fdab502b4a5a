import type { Register } from "../command.ts";
import { auditGroup } from "./group.ts";

export interface WitnessAsked {
  readonly directory: string;
  readonly listenOn: { readonly host: string; readonly port: number };
  readonly logs: readonly string[];
  readonly name: string | null;
}

/** Runs until the process is asked to end. */
export type RunWitness = (asked: WitnessAsked, say: (line: string) => void) => Promise<void>;

const LISTEN = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

export function witness(run: RunWitness): Register {
  return (program, terminal) => {
    const group = auditGroup(program).command("witness").description("Watch that a log never has two pasts.");
    group
      .command("serve")
      .description(
        "A C2SP witness: cosigns checkpoints of the given logs that extend what it saw. No database, no settings.",
      )
      .requiredOption(
        "--dir <directory>",
        "where it keeps its key and its memory; lose the memory, and start with a new key",
      )
      .requiredOption("--log <vkey...>", "verifier keys of the logs (the log's operator: countersign audit key show)")
      .option("--listen <host:port>", "where to listen; put TLS in front of it", "127.0.0.1:2026")
      .option("--name <name>", "its name, such as witness.example.com (default: this machine's and eight digits)")
      .action(async (options: { dir: string; log: string[]; listen: string; name?: string }) => {
        const [, host = "", port = ""] = LISTEN.exec(options.listen) ?? [];
        if (host === "" || Number(port) > 65_535) {
          terminal.err("--listen must be HOST:PORT, such as 127.0.0.1:2026 or 0.0.0.0:2026.");
          return terminal.exit(2);
        }
        await run(
          {
            directory: options.dir,
            listenOn: { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) },
            logs: options.log,
            name: options.name ?? null,
          },
          terminal.out,
        );
        terminal.exit(0);
      });
  };
}
