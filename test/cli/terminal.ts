import { Command, CommanderError } from "commander";
import type { Register } from "#cli";

export interface Ran {
  readonly out: readonly string[];
  readonly err: readonly string[];
  readonly status: number;
}

/** One command of the line, with its ports, in this process. */
export async function ranWith(register: Register, argv: readonly string[]): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  let status = 0;
  const program = new Command("countersign").exitOverride().configureOutput({
    writeOut: (text) => void out.push(text),
    writeErr: (text) => void err.push(text),
  });
  register(program, {
    out: (line) => out.push(line),
    reveal: (line) => out.push(line),
    err: (line) => err.push(line),
    exit: (given) => (status = given),
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    status = error.exitCode === 0 ? 0 : 2;
  }
  return { out, err, status };
}
