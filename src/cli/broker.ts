import type { Register } from "./command.ts";

/** Runs until the process is asked to end; resolves to the problems that kept it from starting. */
export type RunBroker = (say: (line: string) => void) => Promise<readonly string[]>;

export function broker(run: RunBroker): Register {
  return (program, terminal) => {
    program
      .command("broker")
      .description("Hold the audit log's key and sign its checkpoints, over a Unix socket (BROKER_DIR, BROKER_SOCKET).")
      .action(async () => {
        const problems = await run(terminal.out);
        for (const problem of problems) terminal.err(problem);
        terminal.exit(problems.length === 0 ? 0 : 2);
      });
  };
}
