import { join } from "node:path";
import type { SimulatePorts, WithLog } from "#cli";
import { instantOfMillis } from "#kernel";
import type { Environment } from "#platform/config";
import { tenantLog } from "./audit-log.ts";
import { oneLog, shellUser, withLogs } from "./tenant-logs.ts";

export const simulatePorts = (env: Environment, say: (line: string) => void): SimulatePorts => ({
  withCalls: (tenant, work) =>
    withLogs(env, say, async (logs): Promise<WithLog> => {
      const one = await oneLog(logs, tenant);
      if ("kind" in one) return one;
      const { initiator, requestId } = shellUser();
      await work({
        ...tenantLog(logs, one),
        constitution: join(logs.clientsDir, one.prefix, "constitution"),
        accept: async (body) =>
          void (await logs.database.withTenant(await one.claim(), (tx) =>
            logs.audit.append(tx, {
              kind: "policy.accept",
              outcome: "success",
              observer: { type: "app", id: "countersign" },
              initiator,
              target: { type: "tenant", id: one.tenantId },
              requestId,
              body,
            }),
          )),
      });
      return { kind: "done" };
    }),
  now: () => instantOfMillis(Date.now()),
  elapsed: () => performance.now(),
});
