import { TITLES, type Dialect as AnyDialect } from "../dialect.ts";

/** The dialects that are read by a lexer of our own and two parsers. */
export type Dialect = Extract<AnyDialect, "mysql" | "mariadb">;

/** Versions that the lists and the session were tried on, or that lie between two of those, as the first two parts of the number. Any other is refused by name. */
export const VERSIONS: Readonly<Record<Dialect, readonly string[]>> = {
  mariadb: ["10.11", "11.4", "11.8"],
  mysql: ["8.0", "8.4", "9.7"],
};

export interface Version {
  readonly dialect: Dialect;
  /** 10.11 */
  readonly name: string;
  /** 1011 */
  readonly number: number;
}

/** What `select version()` says: "10.11.18-MariaDB-0+deb12u1", "9.7.4"; null when it is no version. */
export function versionOf(written: string): Version | null {
  const read = /^(\d{1,3})\.(\d{1,3})\.\d/.exec(written);
  if (read === null) return null;
  const [, major, minor] = read;
  return {
    dialect: /mariadb/i.test(written) ? "mariadb" : "mysql",
    name: `${major ?? ""}.${minor ?? ""}`,
    number: Number(major) * 100 + Number(minor),
  };
}

/** Why there is no guard for a version, or null. */
export const unknownVersion = (dialect: Dialect, name: string): string | null =>
  VERSIONS[dialect].includes(name)
    ? null
    : `There is no guard for ${TITLES[dialect]} ${name}. It would need that version's words and functions; there are: ${VERSIONS[dialect].join(", ")}.`;
