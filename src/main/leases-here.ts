// The lease broker of this machine, for one command.

import { existsSync } from "node:fs";
import { connectLeases, type ConnectedLeases } from "#leases/io";
import { readLeaseBrokerPlace, type Environment } from "#platform/config";
import { leaseSocketOf } from "./lease-broker.ts";

/**
 * null: no server with a lease broker runs here. INVARIANT: one that should be there is never passed over because it does not answer:
 * whoever ends it would get the lasting credentials used instead.
 */
export function leasesHere(env: Environment): ConnectedLeases | null {
  const place = readLeaseBrokerPlace(env);
  const socket = leaseSocketOf(place);
  return place.kind === "given" || existsSync(socket) ? connectLeases(socket) : null;
}
