import type { Command } from "commander";

/** 0: yes. 1: the answer is no. 2: there is no answer (unusable input, something lost, wrong usage). */
export type ExitStatus = 0 | 1 | 2;

/** What a subcommand may use. Commands return nothing: they write, and say with which status the process ends. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly exit: (status: ExitStatus) => void;
}

export type Register = (program: Command, terminal: Terminal) => void;
