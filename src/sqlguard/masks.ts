// A client's list of columns whose values an agent never sees.

/** `column` null: every column of the table. MySQL and MariaDB: the schema is the database; SQLite: main. */
export interface Mask {
  readonly schema: string;
  readonly table: string;
  readonly column: string | null;
}

/** What stands in the place of a hidden value, also of NULL. */
export const HIDDEN = "[masked]";

/** A function of the client's own that an agent may call: reviewed by a person, as it is in the database now. */
export interface AllowedFunction {
  readonly schema: string;
  readonly name: string;
  /** Hex SHA-256 of its whole definition, as PostgreSQL prints it. */
  readonly sha256: string;
}

/** What a client's own file says about its databases. */
export interface ClientRules {
  readonly masks: readonly Mask[];
  readonly functions: readonly AllowedFunction[];
}

export const NO_RULES: ClientRules = { masks: [], functions: [] };
