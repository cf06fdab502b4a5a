import type { Keys } from "#keys/io";
import { keptClaims, type Database } from "#platform/postgres";
import type { Dispatch } from "../../packet.ts";
import { watchOutcomes } from "./outcome.ts";
import { carryByQueue, sendBy, type Carry } from "./queue.ts";

export interface DispatchParts {
  readonly database: Database;
  /** The app's own login, direct. */
  readonly url: string;
  readonly keys: Keys;
  /** The database's queue where nothing is said. */
  readonly carry?: Carry;
  readonly onError: (error: Error) => void;
}

export function createDispatch(parts: DispatchParts): Dispatch & { close(): Promise<void> } {
  const inTenant = keptClaims(parts.database);
  const outcomes = watchOutcomes({ ...parts, inTenant });
  return {
    send: sendBy(parts.carry ?? carryByQueue, { ...parts, inTenant, hear: outcomes.hear }),
    outcome: (tenant, call, waitMs) => outcomes.wait(tenant, call, waitMs),
    close: () => outcomes.close(),
  };
}
