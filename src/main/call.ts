import { createReading } from "#audit/io";
import type { CallPorts } from "#cli";
import { readTrace } from "#gateway/io";
import type { Environment } from "#platform/config";
import { oneLog, shellUser, withLogs } from "./tenant-logs.ts";

export const callPorts = (env: Environment, say: (line: string) => void): CallPorts => ({
  trace: (call, tenant) =>
    withLogs(env, say, async (logs) => {
      const one = await oneLog(logs, tenant);
      if ("kind" in one) return one;
      return logs.database.withTenant(await one.claim(), async (tx) => {
        const trace = await readTrace(logs.keys, tx, call);
        const count = trace === null ? 0 : 1;
        const target = { type: "call", id: call } as const;
        await createReading(logs.audit).note(tx, shellUser(), {
          kind: "audit.read",
          target,
          count,
          what: { trace: call },
        });
        return { kind: "trace" as const, trace };
      });
    }),
});
