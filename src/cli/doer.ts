import type { Register } from "./command.ts";

/** Runs until the process is asked to end; resolves to the problems that kept it from starting. */
export type RunDoer = (say: (line: string) => void) => Promise<readonly string[]>;

export function doer(run: RunDoer): Register {
  return (program, terminal) => {
    program
      .command("doer")
      .description(
        "Execute what the gateway has signed, and nothing else (DOER_DATABASE_URL). The server starts one itself; start as many more as you like.",
      )
      .action(async () => {
        const problems = await run(terminal.out);
        for (const problem of problems) terminal.err(problem);
        terminal.exit(problems.length === 0 ? 0 : 2);
      });
  };
}
