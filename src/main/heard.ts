// What the process's log says of deliveries, and of the guards of the audit log.

import type { Arrival } from "#github";
import type { Log } from "#platform/log";

export function logDrift(log: Log, lines: readonly string[]): void {
  if (lines.length === 0) return log.info("the guards of the audit log are as expected again");
  log.error(
    { lines: lines.slice(0, 20) },
    "the guards of the audit log were changed: see `countersign audit fingerprint`",
  );
}

export function logArrival(log: Log, arrival: Arrival): void {
  switch (arrival.kind) {
    case "stored":
    case "duplicate":
    case "pinged":
      return log.info(arrival, "delivery");
    case "no_tenant":
      return log.info(arrival, "delivery of an installation without an active tenant: answered and dropped");
    case "unsigned":
    case "too_large":
    case "malformed":
      return log.warn(arrival, "delivery refused");
    case "not_stored":
      return log.error(
        { guid: arrival.guid, err: arrival.error },
        "delivery not stored: GitHub will be asked for it again",
      );
  }
}
