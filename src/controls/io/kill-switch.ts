import sql from "sql-template-tag";
import { z } from "zod";
import { agentId, Fault, repositoryId } from "#kernel";
import { branded, instantColumn, tenantIdColumn, watchDatabase } from "#platform/postgres";
import type { KillSwitch } from "../kill-switch.ts";
import {
  BY_ENVIRONMENT,
  killAt,
  lost,
  newKills,
  platformKill,
  POLL_MS,
  STALE_MS,
  type Kill,
  type Reading,
} from "../reading.ts";
import type { Scope } from "../scope.ts";

export interface KillSwitchParts {
  /** Any login of ours that may call controls.killed(). */
  readonly url: string;
  /** COUNTERSIGN_KILL_SWITCH: killed for as long as this process runs. */
  readonly killed: boolean;
  /** The switch was lost, and is read again. Once for each change. */
  readonly onLost?: (error: unknown) => void;
  readonly onBack?: () => void;
  /** One who heard of a kill threw. The others hear it all the same. */
  readonly onTrouble?: (error: unknown) => void;
  /** Milliseconds of a clock that nobody sets back (invariant 30). */
  readonly clock?: () => number;
}

export const scopeColumns = z.object({
  scope: z.enum(["platform", "tenant", "agent", "repository"]),
  tenant_id: tenantIdColumn.nullable(),
  agent_id: branded(z.string(), agentId).nullable(),
  repository_id: branded(z.number(), repositoryId).nullable(),
});

/** A row that says nothing we know is no row to pass over: the reading fails, and the platform is killed. */
export function scopeOf({
  scope,
  tenant_id: tenant,
  agent_id: agent,
  repository_id: repository,
}: z.output<typeof scopeColumns>): Scope {
  if (scope === "platform") return { kind: scope };
  if (scope === "tenant" && tenant !== null) return { kind: scope, tenant };
  if (scope === "agent" && tenant !== null && agent !== null) return { kind: scope, tenant, agent };
  if (scope === "repository" && tenant !== null && repository !== null) return { kind: scope, tenant, repository };
  throw new Fault("schema_mismatch", "A kill in the database does not say what it stops.");
}

const killRow = scopeColumns
  .extend({ killed_at: instantColumn })
  .transform((row): Kill => ({ scope: scopeOf(row), since: row.killed_at }));

/** Resolves when the switch was read, or could not be: it answers either way, and goes on reading. */
export async function openKillSwitch(parts: KillSwitchParts): Promise<KillSwitch> {
  const clock = parts.clock ?? (() => performance.now());
  const heardBy = new Set<(scope: Scope) => void>();
  let reading: Reading | null = null;
  /** Whether it has been said that the switch is lost. */
  let said = false;
  let why: unknown = null;

  const tell = (scopes: readonly Scope[]): void => {
    for (const scope of scopes)
      for (const hear of heardBy)
        try {
          hear(scope);
        } catch (error) {
          parts.onTrouble?.(error);
        }
  };

  const watch = await watchDatabase({
    url: parts.url,
    channel: "countersign_kill",
    statement: sql`select * from controls.killed()`,
    row: killRow,
    everyMs: POLL_MS,
    deadlineMs: STALE_MS,
    clock,
    heard(kills, askedAt) {
      const before = reading;
      reading = { askedAt, kills };
      if (said) {
        said = false;
        parts.onBack?.();
      }
      tell(newKills(before, reading));
    },
    lost: (error) => void (why = error),
  });

  /** INVARIANT 3: what runs ends also when the switch is lost: somebody may be stopping it right now, and we would not know. */
  function check(): void {
    if (said || !lost(reading, clock())) return;
    said = true;
    parts.onLost?.(why);
    tell([{ kind: "platform" }]);
  }
  let last = clock();
  const timer = setInterval(() => {
    const now = clock();
    const late = now - last > 2 * POLL_MS;
    last = now;
    // This process itself stood still: the answer may lie unread in the socket. The next time says whether there is one; until then
    // platform() and look() say "killed" by themselves.
    if (!late) check();
  }, POLL_MS);
  timer.unref();

  return {
    platform: () => (parts.killed ? BY_ENVIRONMENT : platformKill(reading, clock())),
    look: (where) => (parts.killed ? BY_ENVIRONMENT : killAt(reading, where, clock())),
    onKill(fn) {
      heardBy.add(fn);
      return () => void heardBy.delete(fn);
    },
    async close() {
      clearInterval(timer);
      // INVARIANT: a switch that nobody reads any more is a killed one.
      reading = null;
      heardBy.clear();
      await watch.close();
    },
  };
}
