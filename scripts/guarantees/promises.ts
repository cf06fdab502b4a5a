/** What Countersign promises, in the words of the product. Tests cite the numbers in their names; so do the documents. */
export type Promised = { readonly id: string; readonly text: string };
export type Chapter = { readonly title: string; readonly promises: readonly Promised[] };

const promises = (texts: Readonly<Record<string, string>>): readonly Promised[] =>
  Object.entries(texts).map(([id, text]) => ({ id, text }));

export const chapters: readonly Chapter[] = [
  {
    title: "Merge gate",
    promises: promises({
      G1: "Every production change has a verified human approval on the current head SHA. A new commit expires it, for good.",
      G2: "The gate is decided again at the moment of merging, from fresh facts; a mismatch refuses. Where GitHub's own rules let somebody else press merge, that merge is judged afterwards on the facts of its moment (G4).",
      G3: "No setting lowers the floor. Configuration only makes it stricter.",
      G4: "A merge that went around the gate is detected within five minutes, raised, and answered with a revert pull request.",
    }),
  },
  {
    title: "Data",
    promises: promises({
      G5: "No destructive SQL, ever: no INSERT, UPDATE, DELETE, MERGE, DDL, TRUNCATE, COPY, nor side effects through functions.",
      G6: "Three independent walls: the parser's allow-list, the database role and READ ONLY transaction, the result and time caps.",
    }),
  },
  {
    title: "Execution",
    promises: promises({
      X1: "The shadow verdict is computed before execution.",
      X2: "The kill switch is read before anything else runs (platform scope before authentication, the narrower scopes right after).",
      X3: "The intent comes from a closed set.",
      X4: "The verdict comes from a closed set.",
      X5: "Recipe and tool names come from closed sets.",
      X6: "Parameters are schema-validated.",
      X7: "The circuit breaker (over 50 updates in a batch, or over 10,000 USD of total variance) is evaluated before the shadow verdict; tripping gives FAIL_TO_HUMAN.",
      X8: "A gateway failure gives FAIL_TO_HUMAN, never partial execution.",
      X9: "A trace is emitted for every execution, failed or not.",
      X10: "Explain mode never executes.",
      X11: "Automatic execution happens on GREEN only; nothing overrides RED.",
      X12: "An unsigned, altered, expired, replayed or foreign packet is refused by the doer and audited.",
      X13: "No intent entry in the audit log, no execution.",
      X14: "A lease never outlives 60 seconds or its execution.",
      X15: "Irreversible acts always need a human.",
      X16: "Suspected prompt injection clamps confidence below 0.4, removes the target from the call, and goes to a human.",
    }),
  },
  {
    title: "Isolation",
    promises: promises({
      T1: "A tenant's credentials live in `clients/<prefix>/.env` (or its vault path), never in the shared database, never in another tenant's process.",
      T2: "Row-level security, forced, on every table that holds tenant data; a wrong or missing tenant claim sees zero rows.",
      T3: "Payloads, secrets and PII at rest are AES-256-GCM under the tenant's own key.",
    }),
  },
  {
    title: "Audit",
    promises: promises({
      A1: "Every action, refusal included, is appended with time, actor, tenant, request id, policy version and full payload, and is durable before it is acknowledged.",
      A2: "Append-only is enforced by the database against the application itself.",
      A3: "Any edit, deletion, truncation, reordering or fork is detected by a verifier that trusts nobody.",
    }),
  },
  {
    title: "Tickets",
    promises: promises({
      S1: "Every open ticket has an owner and a clock. Waiting on the client: nudge at 24 h, nudge with a deadline at 72 h, closed at 7 d with reason `aged_out`; exactly once each, across restarts and outages.",
    }),
  },
  {
    title: "Right to revoke",
    promises: promises({
      R1: "One command offboards a tenant: soft at once, hard after five minutes, reinstated fully inside the window.",
      R2: "Nothing of the tenant remains: state, audit payloads, secrets, keys, roles, scaffolded tools; proven by a scan of every place, and certified.",
    }),
  },
];
