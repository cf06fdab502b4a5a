import type { Rotate } from "#cli";
import type { Environment } from "#platform/config";
import { rotateKek } from "#tenants/io";
import { refused } from "./refused.ts";
import { oneLog, operatorHere, withLogs } from "./tenant-logs.ts";

/** Of a client, or of the platform itself, whose log is sealed under a key of its own. */
export const runRotate =
  (env: Environment, say: (line: string) => void): Rotate =>
  (prefix) =>
    withLogs(env, say, async (logs) => {
      const named = await oneLog(logs, prefix);
      if ("kind" in named) return named;
      const { operator, audit, kms } = logs;
      if (operator === null)
        return refused("DATABASE_ADMIN_URL is missing: keys are rotated by the operator, not by the server.");
      const asked = { tenant: named.tenantId, by: operatorHere() };
      const done = await rotateKek({ ...operator, append: audit.append, kms }, asked);
      switch (done.kind) {
        case "rotated":
          return { ...done, prefix: named.prefix };
        case "inactive":
          return refused(`${named.prefix} is not active any more: its key is not rotated.`);
        case "elsewhere":
          return refused(`Another process has just rotated the key of ${named.prefix} to version ${done.version}.`);
      }
    });
