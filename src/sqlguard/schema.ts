// What an agent may know of a client's database before it asks: names, types, sizes, how tables hang together. No value of any row.

interface ColumnShape {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

interface Index {
  readonly name: string;
  /** As PostgreSQL prints it; of MySQL and MariaDB its name and columns. */
  readonly definition: string;
  /** Null where the server keeps no size of its own for it. */
  readonly bytes: number | null;
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
  /** With indexes and what is stored out of line; null where nobody says. */
  readonly bytes: number | null;
  /** Those that the login may read. */
  readonly columns: readonly ColumnShape[];
  readonly indexes: readonly Index[];
  readonly references: readonly ForeignKey[];
}

/** A query that was run often or long, with $1 or ? where a constant stood. */
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
  /** Null where the server keeps no record of statements (pg_stat_statements, performance_schema), or does not show it. */
  readonly topQueries: readonly TopQuery[] | null;
}
