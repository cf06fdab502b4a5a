// What the commands about tickets have in common.

import type { Command } from "commander";
import { printable } from "../audit/printable.ts";
import { ONE_TENANT, type Terminal } from "../command.ts";

export interface Options {
  readonly tenant?: string;
  readonly json?: boolean;
}

/** About a client's tickets. */
export const ofClient = (command: Command): Command => inJson(command.option(...ONE_TENANT));

/** About one ticket. */
export const ofTicket = (command: Command): Command =>
  inJson(
    command
      .argument("<ticket>", "its number, its name as ACME-7, or its id")
      .option("--tenant <prefix>", "whose; may be left out with a name as ACME-7, and where there is one tenant"),
  );

export const inJson = (command: Command): Command => command.option("--json", "for programs");

export const saying =
  (terminal: Terminal) =>
  (lines: readonly string[]): void =>
    lines.forEach((line) => terminal.out(printable(line)));
