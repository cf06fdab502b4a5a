// A database's lease: a login made for it where we may make one, else the client's own connection for the length of one query.

/** Beside the connection `NAME`: the one that makes and drops its logins. */
export const adminOf = (name: string): string => `${name}_ADMIN`;

/** INVARIANT: what makes logins is itself never leased. */
export const isAdminName = (name: string): boolean => name.endsWith("_ADMIN");

/** All our logins are told by it, so that one that was left over is found. */
export const LOGIN_HEAD = "countersign_lease_";

/** The same place, as somebody else. null: not a PostgreSQL URL with a user of its own. */
export function asLogin(url: string, login: { readonly username: string; readonly password: string }): string | null {
  const parsed = postgresUrl(url);
  if (parsed === null || readerOf(url) === null) return null;
  // What is said in the query would go before what is said at the front.
  for (const name of ["user", "password"]) parsed.searchParams.delete(name);
  parsed.username = login.username;
  parsed.password = login.password;
  return parsed.href;
}

/** Whose rights a login gets that is made for a lease: those of the reading login. */
export function readerOf(url: string): string | null {
  const name = decoded(postgresUrl(url)?.username ?? "");
  return name === null || name === "" ? null : name;
}

function postgresUrl(url: string): URL | null {
  if (!/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url)) return null;
  return new URL(url);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** What the SQL guard can open. */
export const isConnectionUrl = (text: string): boolean => /^(?:postgres(?:ql)?|mysql|mariadb|sqlite):\/\//.test(text);
