import type { SandboxOutcome } from "./types.ts";

/** What was seen of a program that is over. */
export interface Ending {
  /** Why we ended it; null: it ended by itself. */
  readonly cut: "wall" | "output" | "killed" | null;
  readonly status: number;
  readonly out: Uint8Array;
  readonly err: Uint8Array;
}

/** 128 and SIGXCPU. */
const CPU_SPENT = 152;
/** What bubblewrap says, on its own error output, when it could not set the sandbox up: the program never ran. */
const SET_UP_FAILED = /^bwrap: (.*)$/m;

export function outcomeOf({ cut, status, out, err }: Ending): SandboxOutcome {
  switch (cut) {
    case "killed":
      return { kind: "killed" };
    case "wall":
    case "output":
      return { kind: "over_budget", of: cut };
    case null:
      break;
  }
  if (status === CPU_SPENT) return { kind: "over_budget", of: "cpu" };
  const failed = status === 1 && out.length === 0 ? SET_UP_FAILED.exec(new TextDecoder().decode(err))?.[1] : undefined;
  // A program may print such a line itself and end with 1: it is refused then, which gives it nothing.
  if (failed !== undefined) return { kind: "refused", why: `The sandbox could not be set up: ${failed}` };
  return { kind: "ended", status, out, err };
}
