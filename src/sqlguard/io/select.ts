import type { NewEntry, Party } from "#audit";
import type { ClientRules } from "../masks.ts";
import { entryOf, schemaEntryOf } from "../entry.ts";
import type { RunResult } from "../result.ts";
import type { Connection, Discovered } from "./asked.ts";
import { discover } from "./discover.ts";
import { runSelect, type SelectOptions } from "./run.ts";

/** A port: where a tenant's connections come from. Each is asked for once for one query, and not kept. */
type ConnectionNamed = (name: string) => Promise<Lent>;

export type Lent =
  /** `end`: the query is through, however it went. Never throws. */
  { readonly kind: "lent"; readonly connection: Connection; readonly end: () => Promise<void> } | NoConnection;

interface SelectDeps extends Omit<SelectOptions, "append" | "rules" | "signal"> {
  /** The client's own. INVARIANT: nobody can leave them out by not thinking of them. */
  readonly rules: ClientRules;
  readonly connectionNamed: ConnectionNamed;
  /** Into the tenant's own log, committed before it resolves. */
  readonly append: (entry: NewEntry) => Promise<unknown>;
}

interface SchemaAsked {
  readonly connection: string;
  readonly initiator: Party;
  /** The tenant. */
  readonly target: Party;
  readonly requestId: string;
}

interface SelectAsked extends SchemaAsked {
  readonly sql: string;
  /** A kill: the running query is cut here and ended at the server; its entry says failure, and no rows come. */
  readonly signal?: AbortSignal;
}

export interface NoConnection {
  readonly kind: "no_connection";
  readonly why: string;
}
export type Selected = RunResult | NoConnection;
export type SchemaShown = Discovered | NoConnection;

const OBSERVER: Party = { type: "app", id: "countersign" };

/** One SELECT for one tenant: its own connection, an entry in its log, then the rows. A log that takes no entry keeps them back. */
export const createSelect =
  ({ connectionNamed, append, ...options }: SelectDeps) =>
  async ({ connection: name, sql, signal, ...who }: SelectAsked): Promise<Selected> => {
    const lent = await connectionNamed(name);
    if (lent.kind === "no_connection") return lent;
    try {
      return await runSelect(lent.connection, sql, {
        ...options,
        ...(signal === undefined ? {} : { signal }),
        append: async (record) => void (await append({ ...entryOf(name, record), ...who, observer: OBSERVER })),
      });
    } finally {
      await lent.end();
    }
  };

const OUTCOMES = { schema: "success", denied: "refused", lost: "failure" } as const;

/** What tables there are, for one tenant, on record in its log before it is shown. */
export const createDiscover =
  ({ connectionNamed, append }: Pick<SelectDeps, "connectionNamed" | "append">) =>
  async ({ connection: name, ...who }: SchemaAsked): Promise<SchemaShown> => {
    const lent = await connectionNamed(name);
    if (lent.kind === "no_connection") return lent;
    try {
      const found = await discover(lent.connection);
      const schema = found.kind === "schema" ? found.schema : null;
      await append({ ...schemaEntryOf(name, OUTCOMES[found.kind], schema), ...who, observer: OBSERVER });
      return found;
    } finally {
      await lent.end();
    }
  };
