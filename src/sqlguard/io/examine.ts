import type { Dialect } from "../dialect.ts";
import { judgeRole } from "../postgres/role.ts";
import type { RoleFinding } from "../role.ts";
import { majorOf } from "../postgres/majors.ts";
import { RUN_LIMITS } from "../result.ts";
import { loadRole } from "./role.ts";
import { examineMysql } from "./mysql/examine.ts";
import { isMysqlUrl } from "./mysql/url.ts";
import type { Connection } from "./run.ts";
import { openSession, scrubbed } from "./session.ts";

export type Examination =
  | {
      readonly kind: "findings";
      readonly role: string;
      readonly dialect: Dialect;
      /** As people say it: 18, 10.11. */
      readonly version: string;
      readonly findings: readonly RoleFinding[];
    }
  | { readonly kind: "unusable"; readonly why: string };

/** What the login may do beyond reading, and the SQL that takes it away (`sql doctor`). */
export async function examineLogin({ url }: Connection): Promise<Examination> {
  if (isMysqlUrl(url)) return examineMysql({ url });
  const opened = await openSession(url, RUN_LIMITS);
  if (opened.kind !== "open") return { kind: "unusable", why: opened.why };
  const { session } = opened;
  const major = Math.floor(session.versionNum / 10_000);
  try {
    if (majorOf(major) === null) return { kind: "unusable", why: `There is no guard for PostgreSQL ${major}.` };
    const role = await loadRole(session);
    if (role === null) return { kind: "unusable", why: "The login's rights cannot be read." };
    return {
      kind: "findings",
      role: role.role,
      dialect: "postgres",
      version: String(major),
      findings: judgeRole(role),
    };
  } catch (error) {
    return { kind: "unusable", why: scrubbed(error).says };
  } finally {
    await session.end();
  }
}
