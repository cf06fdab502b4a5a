// The controls of one server: the switch it reads, and the leases that a kill ends.

import { covers, type Budgets, type KillSwitch, type Scope, type Where } from "#controls";
import { createBudgets, openKillSwitch } from "#controls/io";
import type { Append } from "#audit/io";
import type { CallId, TenantId } from "#kernel";
import type { LeaseClient } from "#leases";
import type { ControlsConfig } from "#platform/config";
import type { Log } from "#platform/log";
import type { Database } from "#platform/postgres";
import { activeTenants } from "#tenants/io";
import type { Opened } from "./lifecycle.ts";

export interface Controls {
  readonly killSwitch: KillSwitch;
  readonly budgets: Budgets;
  /** COUNTERSIGN_EXPLAIN_MODE: hand it to `handsOf`, with what makes the ports. */
  readonly explain: boolean;
}

export interface ControlsParts {
  readonly config: ControlsConfig;
  /** The app's own login. */
  readonly url: string;
  readonly append: Append;
  readonly log: Log;
  readonly resources: Opened;
}

export async function openControls({ config, url, append, log, resources }: ControlsParts): Promise<Controls> {
  const killSwitch = await openKillSwitch({
    url,
    killed: config.killed,
    onLost: (error) => log.error({ err: error }, "the kill switch cannot be read: everything counts as killed"),
    onBack: () => log.warn("the kill switch is read again"),
    onTrouble: (error) => log.error({ err: error }, "something that should end with a kill did not"),
  });
  resources.add("the kill switch", () => killSwitch.close());
  if (config.killed) log.warn("COUNTERSIGN_KILL_SWITCH=1: no agent does anything while this server runs");
  if (config.explain) log.warn("COUNTERSIGN_EXPLAIN_MODE=1: calls are explained, and none is executed");
  return {
    killSwitch,
    budgets: createBudgets({ append }),
    explain: config.explain,
  };
}

/** A call that runs now. Its leases' `run` is the call's id. */
export interface RunningCall extends Where {
  readonly call: CallId;
}

export interface LeaseEnding {
  readonly killSwitch: Pick<KillSwitch, "onKill">;
  readonly leases: Pick<LeaseClient, "revokeAll">;
  readonly database: Pick<Database, "withPlatform">;
  /** What runs in this process. */
  readonly running: () => readonly RunningCall[];
  readonly log: Log;
}

/**
 * INVARIANT 3: a kill ends the leases in its scope. Of a tenant and of the platform all of them, whichever process runs with them; of an
 * agent and of a repository those of the calls that run here. What could not be ended dies by the broker's own clock, within 60 seconds.
 */
export function endLeasesOnKill({ killSwitch, leases, database, running, log }: LeaseEnding): () => void {
  const trouble = (scope: Scope) => (error: unknown) =>
    log.error({ err: error, scope: scope.kind }, "not every lease was ended by a kill; each dies within 60 seconds");
  return killSwitch.onKill((scope) => {
    // What is known here first: the database may be what was lost.
    for (const { tenant, call } of running().filter((each) => covers(scope, each)))
      leases.revokeAll({ tenant, run: call }).catch(trouble(scope));
    wholeTenants(scope, database)
      .then((tenants) => Promise.all(tenants.map((tenant) => leases.revokeAll({ tenant }))))
      .catch(trouble(scope));
  });
}

async function wholeTenants(scope: Scope, database: LeaseEnding["database"]): Promise<readonly TenantId[]> {
  if (scope.kind === "tenant") return [scope.tenant];
  return scope.kind === "platform" ? database.withPlatform(activeTenants) : [];
}
