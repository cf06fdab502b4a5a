import type { Append, Broker } from "#audit/io";
import { PLATFORM_LOG } from "#kernel";
import type { Log } from "#platform/log";
import type { Database } from "#platform/postgres";

/** A broker whose announcement of a new key is an entry of the platform's own log, too, written before its epoch is. */
export function recordingRotation(
  broker: Broker,
  deps: { readonly database: Database; readonly append: Append; readonly log: Log },
): Broker {
  let recorded: string | null = null;
  return {
    ...broker,
    async rotation(epoch) {
      const event = await broker.rotation(epoch);
      if (event === null || event.to === recorded) return event;
      const observer = { type: "app", id: "broker" } as const;
      const { from, to } = event;
      const claim = await deps.database.claimFor(PLATFORM_LOG);
      if (claim !== null)
        await deps.database.withTenant(claim, (tx) =>
          deps.append(tx, {
            kind: "audit.key_rotated",
            outcome: "success",
            observer,
            initiator: { type: "operator", id: "broker" },
            target: { type: "log", id: PLATFORM_LOG },
            requestId: `epoch:${epoch}`,
            body: { from, to, epoch },
          }),
        );
      deps.log.warn(
        { from, to, epoch },
        "the audit log changes its key with this epoch: give the new one to witnesses",
      );
      recorded = to;
      return event;
    },
  };
}
