// What the gateway needs from the world, wired in main. What it executes with is in `hands`, and in explain mode it is not there.

import type { Approvals } from "#approvals/io";
import type { Append } from "#audit/io";
import type { Breaker, Budgets, Hands, KillSwitch } from "#controls";
import type { AgentPrincipal } from "#identity";
import type { AgentId, ApprovalId, CallId, PrNumber, RepoName, TenantId } from "#kernel";
import type { Keys } from "#keys/io";
import type { Enqueue } from "#platform/jobs";
import type { Database, TenantClaim, TenantTx } from "#platform/postgres";
import type { Tracing } from "#platform/telemetry";
import type { Engine } from "#policy";
import type { Screening } from "#screening";
import type { Dispatch } from "../packet.ts";
import type { PlannedBranch, PlannedPull, PlannedRepository, PlannedSql, PlannedTicket } from "../plan.ts";
import type { PacketSigner } from "./sign.ts";
import type { Turns } from "./turns.ts";

/** What a decision reads outside. It is read afresh for each: nothing of it is kept. A lost dependency is a Fault. */
export interface PlanningWorld {
  /** null: no repository of that name behind one of the tenant's own installations. */
  repository(tx: TenantTx, name: RepoName): Promise<PlannedRepository | null>;
  branch(repository: PlannedRepository, branch: string): Promise<PlannedBranch>;
  /** null: there is no such pull request. */
  pull(claim: TenantClaim, repository: PlannedRepository, number: PrNumber): Promise<PlannedPull | null>;
  /** The first wall alone: no connection is made. */
  sql(claim: TenantClaim, connection: string, statement: string): Promise<PlannedSql>;
  /** By its number, its name or its id. null: this tenant has none such. */
  ticket(claim: TenantClaim, named: string): Promise<PlannedTicket | null>;
}

/** The rules that are in force for a tenant at this moment. */
export interface Policies {
  /** `prefix`: its folder's name. Throws where there are none that can be used: then nothing is decided. */
  engineFor(tenant: TenantId, prefix: string): Promise<Engine>;
}

/** What carries out. INVARIANT (10): explain mode has none of it. */
export interface Carrying {
  readonly signer: PacketSigner;
  readonly dispatch: Dispatch;
  /** Ends what was leased for this call. Never throws. */
  readonly endLeases: (tenant: TenantId, call: CallId) => Promise<void>;
}

/** Every place between two durable steps. A test stops the process there; everywhere else `crash` is absent. */
export const STEPS = ["begun", "planned", "screened", "decided", "signed", "sent", "returned", "ended"] as const;
export type Step = (typeof STEPS)[number];

export interface GatewayDeps {
  readonly database: Pick<Database, "withTenant" | "atOnce" | "claimFor">;
  /** One for the process. */
  readonly turns: Turns;
  readonly append: Append;
  readonly enqueue: Enqueue;
  readonly keys: Keys;
  readonly killSwitch: Pick<KillSwitch, "look" | "onKill">;
  readonly breaker: Pick<Breaker, "admit" | "foresee" | "turn">;
  readonly budgets: Pick<Budgets, "take" | "settle">;
  readonly screening: Screening;
  readonly policies: Policies;
  readonly world: PlanningWorld;
  readonly approvals: Pick<Approvals, "crowded" | "request" | "standing" | "use" | "voidIt">;
  /** As it is now; null: it was revoked. */
  readonly agentNow: (tx: TenantTx, agent: AgentId) => Promise<AgentPrincipal | null>;
  /** False: the agent, or the key that it asked with, was revoked. */
  readonly stillAsks: (tx: TenantTx, who: AgentPrincipal) => Promise<boolean>;
  readonly tracing: Pick<Tracing, "open">;
  readonly hands: Hands<Carrying>;
  /** Where a person finds the request. */
  readonly pageOf: (approval: ApprovalId) => string;
  /** For the log of the process: what was answered with FAIL_TO_HUMAN, or that GitHub could not be read. */
  readonly onProblem: (call: CallId | null, error: unknown) => void;
  readonly crash?: (step: Step) => void | Promise<void>;
}
