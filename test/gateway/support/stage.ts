// The gateway over a real PostgreSQL and the real rooms under it. What is outside (GitHub, the doer's process, the switch, people) is held
// by the test; every port tells what went through it.

import { z } from "zod";
import { createApprovals, type Approvals } from "#approvals/io";
import { handsOf, type Killed, type Scope } from "#controls";
import { createBreaker, createBudgets } from "#controls/io";
import type { Answer, Asked, SignedPacket } from "#gateway";
import {
  createGateway,
  createPacketSigner,
  createPolicies,
  gatewayHandlers,
  onDecided,
  sweepCalls,
  takeTurns,
  type GatewayDeps,
  type OpenGateway,
  type Step,
} from "#gateway/io";
import type { AgentPrincipal, Person } from "#identity";
import {
  agentId,
  branchName,
  commitSha,
  Fault,
  instantOfMillis,
  installationId,
  personId,
  repoName,
  repositoryId,
  ticketId,
  type CallId,
} from "#kernel";
import type { DoerOutcome } from "../../../src/gateway/packet.ts";
import type { PlannedTicket } from "../../../src/gateway/plan.ts";
import type { TenantTx } from "#platform/postgres";
import { createTracing } from "#platform/telemetry";
import type { Engine } from "#policy";
import { createScreening } from "#screening/io";
import type { TestDatabase, TestTenant } from "../../support/database.ts";

export function some<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("not there");
  return value;
}
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

export const REPOSITORY = {
  id: some(repositoryId(77)),
  name: some(repoName("acme/shop")),
  installation: some(installationId(1)),
};
export const HEAD = some(commitSha("a".repeat(40)));
export const OTHER_HEAD = some(commitSha("b".repeat(40)));
export const ADA = some(personId(uuid(1)));
export const MONA = some(personId(uuid(8)));

export const read = (more: Partial<Asked> = {}): Asked => ({
  tool: "repo.read",
  arguments: { repository: "acme/shop", paths: ["README.md"] },
  idempotencyKey: null,
  explain: false,
  session: null,
  batch: null,
  citations: [],
  confidence: null,
  traceparent: null,
  from: "http",
  ...more,
});
export const comment = (body: string, more: Partial<Asked> = {}): Asked =>
  read({ tool: "pr.comment", arguments: { repository: "acme/shop", pull_request: 1, body }, ...more });
export const merge = (more: Partial<Asked> = {}): Asked =>
  read({ tool: "pr.merge", arguments: { repository: "acme/shop", pull_request: 1, head_sha: HEAD }, ...more });
export const propose = (path: string, more: Partial<Asked> = {}): Asked =>
  read({
    tool: "repo.propose",
    arguments: {
      repository: "acme/shop",
      branch: "fix/one",
      title: "One",
      body: "Why.",
      changes: [{ kind: "write", path, content: "text\n" }],
    },
    ...more,
  });

export const notify = (more: Partial<Asked> = {}): Asked =>
  read({
    tool: "email.notify",
    arguments: { ticket: "ACME-7", subject: "It is fixed", body: "Totals round." },
    ...more,
  });

export interface World {
  head: typeof HEAD;
  gate: "passed" | "failed" | "unknown";
  branch: "topic" | "production" | "unknown";
  killed: Scope | null;
  /** What the next execution comes to. null: the doer says nothing. */
  outcome: DoerOutcome | null;
  roles: Person["roles"];
  revoked: boolean;
  githubAway: boolean;
  /** ACME-7, as it stands; null: there is no such ticket. */
  ticket: PlannedTicket | null;
  monotonicMs: number;
  crashAt: Step | null;
}

/** What goes through a port, in order. */
export type Event =
  | { readonly kind: "sent"; readonly packet: Packet }
  | { readonly kind: "leases ended"; readonly call: CallId }
  | { readonly kind: "problem"; readonly message: string };

const packetShape = z.looseObject({
  call: z.string(),
  tool: z.string(),
  args: z.json(),
  argsHash: z.string(),
  agent: z.string(),
  headSha: z.string().nullable(),
  policySet: z.string(),
  verdict: z.string(),
  approval: z.string().nullable(),
  intent: z.string(),
  tenant: z.string(),
  iat: z.number(),
  exp: z.number(),
});
export type Packet = z.infer<typeof packetShape>;

const aboutCall = z.looseObject({ target: z.looseObject({ id: z.string() }) });

export class Crashed extends Error {}

export interface Stage {
  readonly who: AgentPrincipal;
  readonly world: World;
  readonly events: Event[];
  readonly gateway: OpenGateway;
  readonly approvals: Approvals;
  readonly deps: GatewayDeps;
  sent(): readonly Packet[];
  kill(scope: Scope | null): void;
  inTenant<T>(fn: (tx: TenantTx) => Promise<T>): Promise<T>;
  answer(approval: string, answer: "approve" | "reject", by?: typeof ADA): Promise<string>;
  /** What the jobs of the approvals would do. */
  resume(call: CallId): Promise<void>;
  sweep(): Promise<void>;
  call(id: CallId): Promise<Record<string, unknown>>;
  entries(id: CallId): Promise<readonly string[]>;
}

export const calmWorld = (): World => ({
  head: HEAD,
  gate: "passed",
  branch: "topic",
  killed: null,
  outcome: { kind: "done", result: { files: [{ path: "README.md", text: "hello" }] }, summary: "Read one file." },
  roles: ["approver"],
  revoked: false,
  githubAway: false,
  ticket: {
    ticket: some(ticketId(uuid(7))),
    name: "ACME-7",
    suspected: false,
    state: "resolved",
    customer: "jane@acme.example",
    shipped: "It is resolved.",
  },
  monotonicMs: 1_000,
  crashAt: null,
});

export function stageOf(
  t: TestDatabase,
  tenant: TestTenant,
  more: {
    readonly explain?: boolean;
    readonly clientsDir?: string;
    readonly chosen?: Engine;
    readonly agent?: number;
    readonly world?: World;
    readonly deps?: Partial<GatewayDeps>;
  } = {},
): Stage {
  const world = more.world ?? calmWorld();
  const events: Event[] = [];
  const who: AgentPrincipal = {
    tenant: tenant.id,
    agent: some(agentId(uuid(more.agent ?? 100))),
    name: "builder",
    requester: MONA,
    requesterName: "mona",
    tools: "all",
  };
  const inTenant: Stage["inTenant"] = (fn) => t.db.withTenant(tenant.claim, fn);
  const subscribers = new Set<(scope: Scope) => void>();
  const approvals = createApprovals({
    notices: null,
    append: t.append,
    enqueue: async () => {},
    keys: t.keys,
    person: async (tx, id) => ({
      tenant: tx.tenantId,
      person: id,
      github: null,
      login: id === ADA ? "ada" : "mona",
      roles: world.roles,
    }),
    owner: async () => MONA,
    stepUp: { verify: async () => "passkey" },
    onDecided: onDecided(async () => {}),
    monotonicMs: () => world.monotonicMs,
    boot: "test",
  });
  const outcomes = new Map<string, DoerOutcome>();
  const killed = (): Killed | null =>
    world.killed === null ? null : { scope: world.killed, reason: "Stopped by a person.", since: instantOfMillis(0) };
  const github = <T>(value: T): Promise<T> =>
    world.githubAway
      ? Promise.reject(new Fault("github_unavailable", "GitHub does not answer."))
      : Promise.resolve(value);
  const deps: GatewayDeps = {
    database: t.db,
    turns: takeTurns(),
    append: t.append,
    enqueue: async () => {},
    keys: t.keys,
    killSwitch: {
      look: killed,
      onKill: (fn) => {
        subscribers.add(fn);
        return () => void subscribers.delete(fn);
      },
    },
    breaker: createBreaker({ append: t.append }),
    budgets: createBudgets({ append: t.append }),
    screening: createScreening(),
    policies: createPolicies({ clientsDir: more.clientsDir ?? null, chosen: more.chosen ?? null, onRefused: () => {} }),
    world: {
      repository: (_, name) => github(name === REPOSITORY.name ? REPOSITORY : null),
      branch: () => github({ standing: world.branch, production: ["main"] }),
      pull: (_, __, number) =>
        github(
          Number(number) === 1
            ? { head: world.head, base: some(branchName("main")), open: true, gate: world.gate, says: "Passed." }
            : null,
        ),
      sql: async (_, __, statement) =>
        /^select/i.test(statement) ? { verdict: "allow", kind: "select" } : { verdict: "deny", why: "It writes." },
      ticket: async (_, named) => (named === world.ticket?.name ? world.ticket : null),
    },
    approvals,
    agentNow: async () => (world.revoked ? null : who),
    stillAsks: async () => !world.revoked,
    tracing: createTracing({ sink: null }),
    hands: handsOf(more.explain ?? false, () => ({
      signer: createPacketSigner({ keys: t.keys, append: t.append }),
      dispatch: {
        send: async ({ bytes }: SignedPacket) => {
          const packet = packetShape.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
          events.push({ kind: "sent", packet });
          if (world.outcome !== null) outcomes.set(packet.call, world.outcome);
        },
        outcome: async (_, call, waitMs) => {
          const found = outcomes.get(call) ?? null;
          if (found === null && waitMs > 0) await new Promise((go) => setTimeout(go, Math.min(waitMs, 20)));
          return found;
        },
      },
      endLeases: async (_, call) => void events.push({ kind: "leases ended", call }),
    })),
    pageOf: (approval) => `https://countersign.example/approvals/${approval}`,
    onProblem: (_, error) =>
      void events.push({ kind: "problem", message: error instanceof Error ? error.message : "?" }),
    crash: (step) => {
      if (world.crashAt === step) throw new Crashed(step);
    },
    ...more.deps,
  };
  const gateway = createGateway(deps);
  const handlers = gatewayHandlers(deps);
  return {
    who,
    world,
    events,
    gateway,
    approvals,
    deps,
    inTenant,
    sent: () => events.flatMap((event) => (event.kind === "sent" ? [event.packet] : [])),
    kill(scope) {
      world.killed = scope;
      if (scope !== null) for (const fn of subscribers) fn(scope);
    },
    async answer(approval, answer, by = ADA) {
      const asked = await inTenant((tx) => approvals.queue(tx));
      const found = some(asked.find((each) => each.approval === approval));
      const decided = await inTenant((tx) =>
        approvals.decide(tx, {
          approval: found.approval,
          digest: found.digest,
          answer,
          by: { person: by, session: "s", channel: "page" },
          stepUp: "proof",
          reason: "because",
          link: null,
          propose: false,
        }),
      );
      return decided.kind === "refused" ? decided.refusal : decided.kind;
    },
    resume: (call) => some(handlers["gateway.resume"])({ tenant: tenant.id, call }, new AbortController().signal),
    sweep: () => sweepCalls(deps, tenant.claim),
    async call(id) {
      const [row] = await t.adminSql("select * from gateway.call where call_id = $1", [id]);
      return some(row);
    },
    async entries(id) {
      const found = await inTenant((tx) => t.audit.recent(tx, { limit: 500 }));
      return found
        .filter(({ kind, body }) => kind.startsWith("call.") && aboutCall.safeParse(body).data?.target.id === id)
        .map(({ kind, outcome }) => `${kind} ${outcome}`)
        .toReversed();
    },
  };
}

export function pendingOf(answer: Answer): Extract<Answer, { kind: "pending" }> {
  if (answer.kind !== "pending") throw new Error(`not pending: ${JSON.stringify(answer)}`);
  return answer;
}
