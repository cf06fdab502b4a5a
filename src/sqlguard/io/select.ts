import type { NewEntry, Party } from "#audit";
import { entryOf } from "../entry.ts";
import type { RunResult } from "../result.ts";
import { runSelect, type Connection, type SelectOptions } from "./run.ts";

/** A port: where a tenant's connections come from. Each is asked for once for one query, and not kept. */
type ConnectionNamed = (name: string) => Promise<Connection | null>;

interface SelectDeps extends Omit<SelectOptions, "append"> {
  readonly connectionNamed: ConnectionNamed;
  /** Into the tenant's own log, committed before it resolves. */
  readonly append: (entry: NewEntry) => Promise<unknown>;
}

interface SelectAsked {
  readonly connection: string;
  readonly sql: string;
  readonly initiator: Party;
  /** The tenant. */
  readonly target: Party;
  readonly requestId: string;
}

export type Selected = RunResult | { readonly kind: "no_connection"; readonly why: string };

const OBSERVER: Party = { type: "app", id: "countersign" };

/** One SELECT for one tenant: its own connection, an entry in its log, then the rows. A log that takes no entry keeps them back. */
export const createSelect =
  ({ connectionNamed, append, ...options }: SelectDeps) =>
  async ({ connection: name, sql, ...who }: SelectAsked): Promise<Selected> => {
    const connection = await connectionNamed(name);
    if (connection === null) return { kind: "no_connection", why: `There is no connection of the name ${name}.` };
    return runSelect(connection, sql, {
      ...options,
      append: async (record) => void (await append({ ...entryOf(name, record), ...who, observer: OBSERVER })),
    });
  };
