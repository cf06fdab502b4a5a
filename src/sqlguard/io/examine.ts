import { judgeRole, type RoleFinding } from "../postgres/role.ts";
import { majorOf } from "../postgres/majors.ts";
import { RUN_LIMITS } from "../result.ts";
import { loadRole } from "./role.ts";
import type { Connection } from "./run.ts";
import { openSession, scrubbed } from "./session.ts";

export type Examination =
  | {
      readonly kind: "findings";
      readonly role: string;
      readonly major: number;
      readonly findings: readonly RoleFinding[];
    }
  | { readonly kind: "unusable"; readonly why: string };

/** What the login may do beyond reading, and the SQL that takes it away (`sql doctor`). */
export async function examineLogin({ url }: Connection): Promise<Examination> {
  const opened = await openSession(url, RUN_LIMITS);
  if (opened.kind !== "open") return { kind: "unusable", why: opened.why };
  const { session } = opened;
  const major = Math.floor(session.versionNum / 10_000);
  try {
    if (majorOf(major) === null) return { kind: "unusable", why: `There is no guard for PostgreSQL ${major}.` };
    const role = await loadRole(session);
    if (role === null) return { kind: "unusable", why: "The login's rights cannot be read." };
    return { kind: "findings", role: role.role, major, findings: judgeRole(role) };
  } catch (error) {
    return { kind: "unusable", why: scrubbed(error).says };
  } finally {
    await session.end();
  }
}
