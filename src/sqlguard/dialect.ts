/** The servers that there is a guard for. Any other is refused by name. */
export const DIALECTS = ["postgres", "mysql", "mariadb", "sqlite"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** Another name for one of them, as people write it; null for none. */
export const dialectOf = (name: string): Dialect | null =>
  DIALECTS.find((dialect) => dialect === (name === "postgresql" ? "postgres" : name)) ?? null;

/** As their makers write them. */
export const TITLES: Readonly<Record<Dialect, string>> = {
  postgres: "PostgreSQL",
  mysql: "MySQL",
  mariadb: "MariaDB",
  sqlite: "SQLite",
};
