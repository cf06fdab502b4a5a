// What an agent may know of a client's database before it asks: names, types, sizes, how tables hang together. No value of any row.

interface ColumnShape {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

interface Index {
  readonly name: string;
  /** As PostgreSQL prints it. */
  readonly definition: string;
  readonly bytes: number;
}

interface ForeignKey {
  readonly columns: readonly string[];
  /** With its schema. */
  readonly table: string;
  readonly tableColumns: readonly string[];
}

export interface TableShape {
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "view" | "materialized view";
  /** The planner's estimate; null where nothing was counted yet. */
  readonly rows: number | null;
  /** With indexes and what is stored out of line. */
  readonly bytes: number;
  /** Those that the login may read. */
  readonly columns: readonly ColumnShape[];
  readonly indexes: readonly Index[];
  readonly references: readonly ForeignKey[];
}

/** A query that was run often or long, with $1 where a constant stood. */
export interface TopQuery {
  readonly text: string;
  readonly calls: number;
  readonly meanMs: number;
  readonly rows: number;
}

export interface Schema {
  readonly tables: readonly TableShape[];
  /** There are more tables than are listed. */
  readonly truncated: boolean;
  /** Null where pg_stat_statements is not there, or not readable. */
  readonly topQueries: readonly TopQuery[] | null;
}
