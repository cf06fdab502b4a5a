// Command lines of an agent on the machine of the person whom it works for, with Countersign's own rules alone.

import { expect } from "vitest";
import { observed } from "#policy";
import { engineOf, facts } from "./rules.ts";

type Where = NonNullable<Parameters<typeof observed>[1]["native"]>;

export const HERE: Where & { readonly root: string } = { directory: "/home/ann/shop", root: "/home/ann/shop" };
const engine = await engineOf("", "native-lines");

/** `native` null: in our sandbox. */
export const verdictOf = (command: string, native: Where | null = HERE) =>
  engine.decide(observed(facts({ tool: "shell.test" }), { command, native: native ?? undefined }));

export const colourOf = async (command: string, native: Where | null = HERE) =>
  (await verdictOf(command, native)).colour;

/** Ten times what it takes; what grows faster than its text takes minutes. */
export function expectReadInNoTime(line: string): void {
  const began = process.cpuUsage();
  observed(facts({ tool: "shell.test" }), { command: line, native: HERE });
  expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
}
