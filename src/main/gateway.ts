// The gateway of one server: its rooms put together, its jobs, and its sweep.

import type { Approvals } from "#approvals/io";
import type { Append, AskWorld } from "#audit/io";
import { handsOf, type Breaker } from "#controls";
import type { GateDeps } from "#gate/io";
import {
  createDispatch,
  createGateway,
  createPacketSigner,
  createPolicies,
  createWorld,
  executeWorld,
  gatewayHandlers,
  planAgain,
  sweepGateway,
  type Again,
  type DispatchParts,
  type GatewayDeps,
  type OpenGateway,
  takeTurns,
} from "#gateway/io";
import { agentNow, personByGithub, stillAsks } from "#identity/io";
import type { ApprovalId } from "#kernel";
import type { TenantClaim } from "#platform/postgres";
import type { Keys } from "#keys/io";
import type { ConnectedLeases } from "#leases/io";
import { enqueue, type JobHandler } from "#platform/jobs";
import type { Log } from "#platform/log";
import type { Tracing } from "#platform/telemetry";
import { opaEngine, OPA_TIMEOUT_MS } from "#policy/io";
import { createScreening } from "#screening/io";
import type { Tickets } from "#tickets/io";
import type { Controls } from "./controls.ts";
import type { OpenDatabase } from "./database.ts";
import { openFirstWall } from "./first-wall.ts";
import { repeat, type Opened } from "./lifecycle.ts";

export interface GatewayPlace {
  readonly database: OpenDatabase;
  readonly append: Append;
  readonly keys: Keys;
  readonly clientsDir: string;
  /** Who decides in place of Countersign's own rules; null: they do. */
  readonly opaUrl: string | null;
  readonly github: GateDeps["github"];
  readonly controls: Controls;
  readonly breaker: Breaker;
  readonly approvals: Approvals;
  readonly pageOf: (approval: ApprovalId) => string | null;
  /** null: nothing is leased here, and nothing has to be ended. */
  readonly leases: ConnectedLeases | null;
  /** null: no tickets are kept here. */
  readonly tickets: Pick<Tickets, "read"> | null;
  /** Another way to the doer than the database's queue. */
  readonly carry?: DispatchParts["carry"];
  readonly tracing: Pick<Tracing, "open">;
  readonly log: Log;
  readonly resources: Opened;
}

export interface GatewayHere {
  readonly gateway: OpenGateway;
  /** Before a person's yes counts. */
  readonly planAgain: (claim: TenantClaim, approval: ApprovalId) => Promise<Again>;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly worlds: { readonly "call.execute": AskWorld };
}

/** What an agent's calls that nobody moves wait for, at most. */
const SWEEP_MS = 2_000;

export function openGateway(place: GatewayPlace): GatewayHere {
  const { append, keys, github, controls, approvals, leases, log, resources } = place;
  const { database, url } = place.database;
  const wall = openFirstWall(resources);
  const deps: GatewayDeps = {
    database,
    turns: takeTurns(),
    append,
    enqueue,
    keys,
    killSwitch: controls.killSwitch,
    breaker: place.breaker,
    budgets: controls.budgets,
    screening: createScreening(),
    policies: createPolicies({
      clientsDir: place.clientsDir,
      chosen: place.opaUrl === null ? null : opaEngine({ url: new URL(place.opaUrl), timeoutMs: OPA_TIMEOUT_MS }),
      onRefused: (tenant, findings) =>
        log.error(
          { tenant, findings: findings.slice(0, 20) },
          "a client's rules are not loaded: see `countersign policy check`",
        ),
    }),
    world: createWorld({ database, github, sql: (_, __, statement) => wall(statement), tickets: place.tickets }),
    approvals,
    agentNow: (tx, agent) => agentNow(tx, agent, personByGithub),
    stillAsks,
    tracing: place.tracing,
    hands: handsOf(controls.explain, () => {
      const dispatch = createDispatch({
        database,
        url,
        keys,
        ...(place.carry === undefined ? {} : { carry: place.carry }),
        onError: (error) => log.warn({ err: error }, "outcomes of calls are not heard of at once"),
      });
      resources.add("the way to the doer", () => dispatch.close());
      return {
        signer: createPacketSigner({ keys, append }),
        dispatch,
        endLeases: async (tenant, call) => {
          await leases
            ?.revokeAll({ tenant, run: call })
            .catch((error: unknown) =>
              log.error({ err: error }, "a call's leases could not be ended; they die within 60 seconds"),
            );
        },
      };
    }),
    pageOf: (approval) => place.pageOf(approval) ?? `/approvals/${approval}`,
    onProblem: (call, error) => log.error({ err: error, call }, "a call of an agent went to a person"),
  };
  const gateway = createGateway(deps);
  resources.add("calls of agents under way", () => gateway.close());
  resources.add(
    "the sweep of calls",
    repeat(log, "sweep of calls", SWEEP_MS, () => sweepGateway({ database, enqueue })),
  );
  return {
    gateway,
    planAgain: (claim, approval) => planAgain(deps, claim, approval),
    handlers: gatewayHandlers(deps),
    worlds: { "call.execute": executeWorld({ database }) },
  };
}
