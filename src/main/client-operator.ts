// What the commands about one client need that only the operator's login may do.

import type { KeyAccess, RevokeAccess } from "#identity/io";
import type { Environment } from "#platform/config";
import { refused, type Refused } from "./refused.ts";
import { oneLog, withLogs, type NamedLog } from "./tenant-logs.ts";

export type AsOperator = <T>(
  tenant: string,
  work: (access: KeyAccess & RevokeAccess, named: NamedLog) => Promise<T | Refused>,
) => Promise<T | Refused>;

/** `may`: what is the operator's, for the sentence that says so: "make or end a key". */
export const clientOperator =
  (env: Environment, say: (line: string) => void, may: string): AsOperator =>
  (tenant, work) =>
    withLogs(env, say, async (logs) => {
      if (logs.operator === null)
        return refused(`DATABASE_ADMIN_URL is missing: only the operator's login may ${may}, not the server's.`);
      const named = await oneLog(logs, tenant);
      return "kind" in named
        ? named
        : work({ ...logs.operator, append: logs.audit.append, spool: logs.stops.spoolStop }, named);
    });

export const CLIENT_INACTIVE = "The tenant is not active any more.";
