import { z } from "zod";

/** Where a connection goes: nothing else of the URL reaches the driver, whose own options in a URL could turn on several statements. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string | undefined;
  /** Null: none. */
  readonly tls: { readonly rejectUnauthorized: boolean; readonly verifyIdentity: boolean } | null;
}

const MODES = z.enum(["DISABLED", "REQUIRED", "VERIFY_IDENTITY"]);
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

export const isMysqlUrl = (url: string): boolean => /^(?:mysql|mariadb):\/\//i.test(url);

/** mysql://user:password@host:3306/database?ssl-mode=VERIFY_IDENTITY; a sentence when it is none. */
export function targetOf(url: string): Target | string {
  if (!URL.canParse(url)) return "The URL cannot be read: mysql://user:password@host:3306/database.";
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const unknown = [...searchParams.keys()].find((key) => key !== "ssl-mode");
  if (unknown !== undefined) return "The only option that a mysql:// URL may have is ssl-mode.";
  const mode = MODES.safeParse(
    (searchParams.get("ssl-mode") ?? (LOOPBACK.test(hostname) ? "DISABLED" : "VERIFY_IDENTITY")).toUpperCase(),
  );
  if (!mode.success) return `ssl-mode is one of ${MODES.options.join(", ")}.`;
  const verified = mode.data === "VERIFY_IDENTITY";
  try {
    const database = decodeURIComponent(pathname.slice(1));
    return {
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? 3306 : Number(port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: database === "" ? undefined : database,
      // INVARIANT: the name too. The driver takes any certificate that is signed by anybody known, unless it is told to compare.
      tls: mode.data === "DISABLED" ? null : { rejectUnauthorized: verified, verifyIdentity: verified },
    };
  } catch {
    return "The URL holds a % that begins no character: write it as %25.";
  }
}
