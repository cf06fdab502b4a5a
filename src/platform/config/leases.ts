// Who mints leases, for a server.

import { join } from "node:path";
import { reader, type Environment, type Reader } from "./reader.ts";
import type { LeaseBrokerConfig } from "./types.ts";
import * as value from "./values.ts";

export function readLeaseBroker(from: Reader, directory: string): LeaseBrokerConfig {
  const socket = from.read("LEASE_BROKER_SOCKET", value.path("LEASE_BROKER_SOCKET"));
  const own = from.read("LEASE_BROKER_DIR", value.path("LEASE_BROKER_DIR"));
  if (socket === null) return { kind: "own", directory: own ?? join(directory, "leases") };
  if (own !== null)
    from.problems.push(
      "LEASE_BROKER_SOCKET names a lease broker of your own, so LEASE_BROKER_DIR belongs into its environment, not into the server's.",
    );
  return { kind: "given", socket };
}

/** For a command that asks the lease broker of a server, running or not. */
export function readLeaseBrokerPlace(env: Environment): LeaseBrokerConfig {
  const from = reader(env);
  return readLeaseBroker(from, join(from.read("DATA_DIR", value.DATA_DIR) ?? ".data", "live"));
}
