import type { ExitStatus, Register, Terminal } from "./command.ts";

export type ServerKind = "start" | "serve" | "demo";
/** Runs until the process is asked to end. */
export type RunServer = (kind: ServerKind, terminal: Pick<Terminal, "out" | "err" | "reveal">) => Promise<ExitStatus>;

const COMMANDS: readonly (readonly [ServerKind, string])[] = [
  ["start", "The demo when nothing real is configured, otherwise `serve`."],
  ["serve", "Supervise real GitHub with the settings of the environment (docs/configuration.md)."],
  ["demo", "A seeded, running system with a GitHub of its own. Refuses to start beside real settings."],
];

export function server(run: RunServer): Register {
  return (program, terminal) => {
    for (const [kind, description] of COMMANDS) {
      program
        .command(kind)
        .description(description)
        .action(async () => terminal.exit(await run(kind, terminal)));
    }
  };
}
