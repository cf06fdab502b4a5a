import type { Command } from "commander";

/** 0: yes. 1: the answer is no. 2: there is no answer (unusable input, something lost, wrong usage). 3: a person has to say yes first. */
export type ExitStatus = 0 | 1 | 2 | 3;

/** What a subcommand may use. Commands return nothing: they write, and say with which status the process ends. */
export interface Terminal {
  /** Both are scrubbed: what looks like a secret, or is one of this process, does not get there. */
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** For what is made to be read this once: a new key, a one-time link. To standard output as it is. */
  readonly reveal: (line: string) => void;
  readonly exit: (status: ExitStatus) => void;
}

export type Register = (program: Command, terminal: Terminal) => void;

/** What a command answers when it cannot do what it was asked. */
export interface Refused {
  readonly kind: "refused";
  readonly problems: readonly string[];
}

/** Says them, for programs too where they asked for JSON. Status 2. */
export const refusing =
  (terminal: Terminal) =>
  (problems: readonly string[], json = false): void => {
    for (const problem of problems) terminal.err(problem);
    if (json) terminal.out(JSON.stringify({ kind: "refused", problems }));
    terminal.exit(2);
  };

/** For `option`: of which client. */
export const ONE_TENANT = ["--tenant <prefix>", "whose; may be left out where there is one tenant"] as const;
