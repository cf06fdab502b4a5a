// An installation of which everything is well, and its parts: each case of the doctor's test changes one thing.

import { appId, installationId, instant, known, millis } from "#kernel";
import type { Findings } from "../../src/cli/doctor/findings.ts";

const required = <T>(value: T | null): T => {
  if (value === null) throw new Error("the test's own value is not one");
  return value;
};
export const at = required(instant("2026-11-21T10:00:00Z"));
export const permissions = { metadata: "read", checks: "write", administration: "read" };
export const url = "https://countersign.example.com/api/github/webhooks";

export const epochs = { newest: 300, witnessed: 300, stamped: 300, copied: { git: 290, directory: 300 } };
export const log = {
  signer: known("log.example/epochs+00000000+AAAA"),
  diverged: null,
  quorum: "2 of (w1, w2, w3)",
  places: { git: true, directory: true, timestamps: true },
  epochs: known(epochs),
};

export const well: Findings = {
  logins: { sequencer: known(true), verifier: known(true) },
  now: at,
  settings: {
    appId: required(appId(4242)),
    webhookUrl: url,
    adminUrlPresent: false,
    production: true,
    embeddedDatabase: false,
  },
  wanted: { permissions, events: ["pull_request", "push"] },
  app: known({ id: 4242, slug: "countersign", permissions, events: ["pull_request", "push"] }),
  hook: known({ url, secretSet: true, insecureSsl: false, json: true }),
  deliveries: known([
    { at, statusCode: 202 },
    { at, statusCode: 202 },
  ]),
  skewMs: known(millis(0)),
  installations: known([
    {
      id: required(installationId(7)),
      account: "acme",
      suspended: false,
      permissions,
      bound: known(true),
      policyRepository: known("reached" as const),
    },
  ]),
  lost: known([]),
  uninstalled: known([]),
  repositories: known([{ name: "acme/app", defects: known([]), updatesRestricted: true }]),
  database: known({
    role: "countersign_server",
    auditExcess: [],
    auditTriggersOff: [],
    guards: known({ drift: 0, refusing: true }),
    claimAccepted: true,
    verifierBlind: false,
    monthsAhead: known(12),
  }),
  log,
  keys: known([{ prefix: "acme", closed: null, kek: 79, env: null, unrevoked: 0 }]),
  leases: { broker: known(true), open: known([{ prefix: "acme", irrevocable: 0, overdue: 0 }]) },
  controls: known({
    environment: { killed: false, explain: false },
    platform: false,
    narrower: 0,
    breakers: [{ prefix: "acme", open: 0 }],
  }),
  ticketClock: known(null),
  ticketOwners: known([]),
  pagedNowhere: known([]),
  opa: null,
  rules: known([]),
  approvers: known([]),
  channels: known([]),
  sources: known([]),
  estate: known([]),
  disk: known({ directory: ".data/live", percent: 80 }),
  sandbox: { kind: "ready", version: "bubblewrap 0.8.0" },
};

export const acme = {
  id: required(installationId(7)),
  account: "acme",
  suspended: false,
  permissions,
  bound: known(true),
  policyRepository: known("reached" as const),
};
export const app = { id: 4242, slug: "countersign", permissions, events: ["pull_request", "push"] };
export const database = {
  role: "countersign_server",
  auditExcess: [],
  auditTriggersOff: [],
  guards: known({ drift: 0, refusing: true }),
  claimAccepted: true,
  verifierBlind: false,
  monthsAhead: known(12),
};
export const quiet = { environment: { killed: false, explain: false }, platform: false, narrower: 0, breakers: [] };
export const hook = { url, secretSet: true, insecureSsl: false, json: true };
