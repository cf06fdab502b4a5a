// Beside the running demo: the same sentences about what it has, and one about what it has not.

import type { Known } from "#kernel";
import type { Findings } from "./findings.ts";
import { judgeApprovers } from "./judge-approvers.ts";
import { judgeChannels } from "./judge-channels.ts";
import { judgeControls } from "./judge-controls.ts";
import { judgeDatabase } from "./judge.ts";
import { judgeKeys } from "./judge-keys.ts";
import { judgeDisk, judgeSandbox } from "./judge-room.ts";
import { judgeRules } from "./judge-rules.ts";
import { judgeTickets } from "./judge-tickets.ts";
import { ifKnown, ok, type Line } from "./line.ts";

export interface DemoFindings extends Pick<
  Findings,
  | "database"
  | "keys"
  | "controls"
  | "rules"
  | "opa"
  | "approvers"
  | "ticketClock"
  | "ticketOwners"
  | "channels"
  | "disk"
  | "sandbox"
> {
  /** The key that signs its log. */
  readonly signer: Known<string>;
}

/** It has every login, because it is one machine's own: that is no finding there. */
const settings = { adminUrlPresent: false, production: false, embeddedDatabase: true };

export const judgeDemo = (findings: DemoFindings): readonly Line[] => [
  ok(
    "The demo runs here. This is about its server, its built-in PostgreSQL and its brokers; nothing real is configured.",
  ),
  ...judgeDatabase({ ...findings, settings }),
  ...ifKnown(findings.signer, "The key that signs the demo's log", "Start the demo again: npm start", (key) => [
    ok(`The demo's log is signed, with a key that is new at each start: ${key}`),
  ]),
  ...judgeKeys(findings),
  ...judgeControls(findings),
  ...judgeRules(findings),
  ...judgeApprovers(findings),
  ...judgeTickets(findings),
  ...judgeChannels(findings),
  ...judgeDisk({ ...findings, settings }),
  ...judgeSandbox(findings),
  ok(
    "Not examined, since the demo has none: a GitHub App, its webhook and its rulesets (the demo's GitHub is its own, on this machine), witnesses, copies of the log, places where owners are paged. `countersign serve` begins the real thing.",
  ),
];
