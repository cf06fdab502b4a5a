import type { ClientRules } from "../../masks.ts";
import { examineRules } from "./rules.ts";
import { judgeRole } from "../../postgres/role.ts";
import { majorOf } from "../../postgres/majors.ts";
import { RUN_LIMITS } from "../../result.ts";
import type { Connection, Examination } from "../asked.ts";
import { loadRole } from "./role.ts";
import { openSession, scrubbed } from "./session.ts";

export async function examinePostgres({ url }: Connection, rules: ClientRules): Promise<Examination> {
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
      role: role.holder,
      dialect: "postgres",
      version: String(major),
      findings: [...judgeRole(role), ...(await examineRules(session, rules))],
    };
  } catch (error) {
    return { kind: "unusable", why: scrubbed(error).says };
  } finally {
    await session.end();
  }
}
