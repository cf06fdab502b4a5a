// The client's own relations behind a statement, and what they mean for it. Pure: io/mysql/catalog.ts reads the facts.

import type { Refusal } from "../refusal.ts";
import type { Classified, Relation } from "./classify.ts";
import { systemRelation } from "./relations.ts";

/** One row of information_schema.TABLES for a relation that the statement, or a view behind it, names. */
export interface Table {
  readonly schema: string;
  readonly name: string;
  /** BASE TABLE, VIEW, SYSTEM VIEW, ... */
  readonly type: string;
  readonly engine: string | null;
}

export interface View {
  readonly of: Table;
  /** Null where the server does not show it, or where it could not be classified. */
  readonly body: Pick<Classified, "kind" | "refusals"> | null;
}

/** What a relation of the statement turned out to be. */
export interface Reached {
  readonly relation: Relation;
  /** Nothing: it is not there, or the login may not see it. */
  readonly tables: readonly Table[];
  /** Every view behind it, in whatever depth. */
  readonly views: readonly View[];
  /** There were more views inside views than are looked through. */
  readonly tooDeep: boolean;
}

/** Engines that keep their rows in this server. FEDERATED, CONNECT, SPIDER and their like ask another one, or read files. */
const ENGINES = new Set([
  "INNODB",
  "MYISAM",
  "ARIA",
  "MEMORY",
  "ARCHIVE",
  "ROCKSDB",
  "COLUMNSTORE",
  "PERFORMANCE_SCHEMA",
]);
const TYPES = new Set(["BASE TABLE", "SYSTEM VERSIONED", "SYSTEM VIEW", "VIEW"]);

type Reason = Pick<Refusal, "rule"> & Partial<Pick<Refusal, "says" | "instead">> & { readonly text?: string };

/** Why a relation is not read; the place is that of the relation in the statement. */
export function judgeReached({ relation, tables, views, tooDeep }: Reached): readonly Reason[] {
  if (tables.length === 0)
    return relation.maybeCte
      ? []
      : [
          {
            rule: "relation.unreadable",
            says: "There is no such table, or the login may not read it.",
            instead: "countersign sql schema shows the tables there are.",
          },
        ];
  return [
    // INVARIANT: a table of the server's own is judged by the name the server gives it, however the statement spells it.
    ...tables
      .filter(({ schema, name }) => systemRelation(schema, name) === "refused")
      .map((table): Reason => ({ rule: "relation.secret", text: label(table) })),
    ...tables
      .filter((table) => !isLocal(table))
      .map((table): Reason => ({ rule: "relation.foreign", text: label(table) })),
    ...views.flatMap(({ of, body }): readonly Reason[] => {
      if (body === null)
        return [
          {
            rule: "relation.unreadable",
            text: label(of),
            says: "The server does not show this login what is in there.",
            instead: "GRANT SELECT and SHOW VIEW on it and on what it reads, or select from the tables behind it.",
          },
        ];
      const inside = body.refusals.map(({ rule, text, says, instead }): Reason => ({
        rule,
        text: `${text} in the view ${label(of)}`,
        says,
        instead,
      }));
      return body.kind === null && inside.length === 0 ? [{ rule: "relation.unreadable", text: label(of) }] : inside;
    }),
    ...(tooDeep ? [{ rule: "relation.unreadable" as const }] : []),
  ];
}

const label = ({ schema, name }: Table): string => `${schema}.${name}`;

const isLocal = ({ type, engine }: Table): boolean =>
  TYPES.has(type.toUpperCase()) &&
  (type.toUpperCase().endsWith("VIEW") || (engine !== null && ENGINES.has(engine.toUpperCase())));
