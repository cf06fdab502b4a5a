// What no execution writes, whatever was decided before: asked again here, of the very arguments that are executed.

import { BASELINE, observed, type Facts, type FileEdit } from "#policy";
import type { Packet } from "#gateway";

interface Written {
  readonly paths?: readonly string[];
  /** Whole files, as they were and as they will be: the gateway knew of them what the call said. */
  readonly edits?: readonly FileEdit[];
  readonly messages?: readonly string[];
  readonly branch: string;
  readonly production: readonly string[];
}

/** The hazards of what is written and of the branch that is pushed to, and what it touches. Both empty: nothing. */
export const seenIn = (
  { tool }: Pick<Packet, "tool">,
  { branch, ...written }: Written,
): Pick<Facts, "hazards" | "areas"> =>
  observed({ ...BASELINE, tool, branch: "unknown" }, { ...written, refspecs: [`HEAD:refs/heads/${branch}`] });
