import { z } from "zod";
import type { LoginFacts } from "../../mysql/role.ts";
import { isOn, type Session } from "./session.ts";

const facts = z.object({
  account: z.string(),
  asked: z.string(),
  proxied: z.string().nullable(),
  roles: z.string().nullable(),
  readOnly: z.string(),
});

/** MySQL prints the rights of active roles only when they are named. */
export async function loadLogin(session: Session): Promise<LoginFacts> {
  const [now] = await session.ask(
    facts,
    "select current_user() as account, user() as asked, @@proxy_user as proxied, current_role() as roles, cast(@@global.read_only as char) as readOnly",
  );
  if (now === undefined) return { account: "", otherAccount: true, grants: [], serverWrites: true };
  const { dialect } = session.version;
  const using = dialect === "mysql" && now.roles !== null && now.roles !== "NONE" ? ` using ${now.roles}` : "";
  const lines = await session.ask(
    z.record(z.string(), z.string()),
    dialect === "mysql" ? `show grants for current_user()${using}` : "show grants",
  );
  const name = (account: string): string => account.slice(0, Math.max(0, account.lastIndexOf("@")));
  return {
    account: now.account,
    otherAccount: now.proxied !== null || name(now.account) !== name(now.asked),
    grants: lines.flatMap((line) => Object.values(line)),
    serverWrites: !isOn(now.readOnly),
  };
}
