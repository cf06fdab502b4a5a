// What to write where, so that an agent's program asks Countersign first, and stops when it cannot.

import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { copilot } from "./copilot.ts";
import { generic } from "./generic.ts";
import { openhands } from "./openhands.ts";
import { KEY_VARIABLE, type Place, type Step } from "./place.ts";

export type { Place } from "./place.ts";

export const CONNECTABLE: Readonly<Record<string, (place: Place) => readonly Step[]>> = {
  "claude-code": claudeCode,
  codex,
  copilot,
  openhands,
  generic,
};

/** null: a kind that is not there. */
export function connecting(kind: string, place: Place): string | null {
  const steps = Object.hasOwn(CONNECTABLE, kind) ? CONNECTABLE[kind] : undefined;
  if (steps === undefined) return null;
  const parts = steps(place).map(({ title, why, text }, i) => `${i + 1}. ${title}\n   ${why}\n\n${text}\n`);
  return [
    ...parts,
    `Then give it its key, in the environment variable ${KEY_VARIABLE}, from wherever your secrets are:`,
    `   countersign agent key ${JSON.stringify(place.agent)} --tenant ${place.tenant}`,
    "See what it may do: ask it to list its tools. See what it did: countersign audit log --tenant " + place.tenant,
  ].join("\n");
}
