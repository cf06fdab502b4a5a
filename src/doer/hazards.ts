// What no execution writes, whatever was decided before: asked again here, of the very arguments that are executed.

import { observed, parseFacts, type Facts } from "#policy";
import type { Packet } from "#gateway";

const NOTHING = { updates: 0, cents: 0 };

/** The hazards of paths that are written and of a branch that is pushed to. Empty: none. */
export function hazardsOf(
  packet: Packet,
  written: {
    readonly paths: readonly string[];
    readonly messages: readonly string[];
    readonly branch: string;
    readonly production: readonly string[];
  },
): Facts["hazards"] {
  const read = parseFacts({
    v: 1,
    tool: packet.tool,
    tenant: packet.tenant,
    agent: packet.agent,
    requester: packet.requester,
    repository: packet.repository?.name ?? null,
    branch: "unknown",
    gate: "none",
    hazards: [],
    shell: [],
    areas: [],
    touched: { paths: 0, lines: 0 },
    sql: "none",
    mail: null,
    batch: NOTHING,
    window: NOTHING,
    taint: [],
    scores: { injection: 0, pii: 0, secrets: 0 },
    confidence: 0,
    irreversible: true,
    citations: [],
    argsHash: packet.argsHash,
    approval: null,
  });
  // INVARIANT: what cannot be asked about is not written.
  if (read.kind === "unusable") return ["shell.unreadable"];
  const refspecs = [`HEAD:refs/heads/${written.branch}`];
  return observed(read.facts, {
    paths: written.paths,
    messages: written.messages,
    refspecs,
    production: written.production,
  }).hazards;
}
