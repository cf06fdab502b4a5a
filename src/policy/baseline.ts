import { FACTS_VERSION, type Facts } from "./facts.ts";

/** What a case says nothing about: a harmless read. Cases name the facts that differ. */
export const BASELINE: Facts = {
  v: FACTS_VERSION,
  tool: "repo.read",
  tenant: "example",
  agent: "agent",
  requester: "requester",
  repository: "example/repository",
  branch: "none",
  gate: "none",
  hazards: [],
  shell: [],
  areas: [],
  touched: { paths: 0, lines: 0 },
  sql: "none",
  mail: null,
  batch: { updates: 0, cents: 0 },
  window: { updates: 0, cents: 0 },
  taint: [],
  scores: { injection: 0, pii: 0, secrets: 0 },
  confidence: 100,
  irreversible: false,
  citations: [],
  argsHash: "0".repeat(64),
  approval: null,
};
