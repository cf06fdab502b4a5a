import type { ClientRules } from "../../masks.ts";
import { judgeLogin } from "../../mysql/role.ts";
import { RUN_LIMITS } from "../../result.ts";
import type { Connection, Examination } from "../asked.ts";
import { loadLogin } from "./role.ts";
import { examineRules } from "./rules.ts";
import { openSession, scrubbed } from "./session.ts";

export async function examineMysql({ url }: Connection, rules: ClientRules): Promise<Examination> {
  const opened = await openSession(url, RUN_LIMITS);
  if (opened.kind !== "open") return { kind: "unusable", why: opened.why };
  const { session } = opened;
  const { dialect, name } = session.version;
  try {
    const login = await loadLogin(session);
    return {
      kind: "findings",
      role: login.account,
      dialect,
      version: name,
      findings: [...judgeLogin(login), ...(await examineRules(session, rules))],
    };
  } catch (error) {
    return { kind: "unusable", why: scrubbed(error).says };
  } finally {
    await session.end();
  }
}
