// `packet-key list|rotate|revoke`: with the operator's rights, each change told in the client's log.

import type { PacketKeyPorts } from "#cli";
import { enterLog } from "#audit/io";
import { KID } from "#gateway";
import { listKeys, replaceKey, revokeKey } from "#gateway/io";
import { iso } from "#kernel";
import type { Environment } from "#platform/config";
import { withOperator, type TenantTx } from "#platform/postgres";
import { refused, type Refused } from "./refused.ts";
import { oneLog, operatorHere, withLogs, type OpenLogs } from "./tenant-logs.ts";

export function packetKeyPorts(env: Environment, say: (line: string) => void): PacketKeyPorts {
  const forClient = <T>(
    prefix: string,
    work: (tx: TenantTx, logs: OpenLogs) => Promise<T | Refused>,
  ): Promise<T | Refused> =>
    withLogs(env, say, async (logs) => {
      if (logs.operator === null)
        return refused("DATABASE_ADMIN_URL is missing: keys are the operator's, not the server's.");
      const named = await oneLog(logs, prefix);
      if ("kind" in named) return named;
      return withOperator(logs.operator, async (operator): Promise<T | Refused> => {
        const tx = await enterLog(operator, named.tenantId);
        return tx === null ? refused(`${prefix} is not active any more.`) : work(tx, logs);
      });
    });
  const tell = async (
    tx: TenantTx,
    { audit }: OpenLogs,
    kind: "packet_key.rotate" | "packet_key.revoke",
    body: { readonly [key: string]: string | null },
  ) => {
    const { operator: initiator, requestId } = operatorHere();
    const target = { type: "tenant", id: tx.tenantId } as const;
    const observer = { type: "app", id: "countersign" } as const;
    await audit.append(tx, { kind, outcome: "success", observer, initiator, target, requestId, body });
  };

  return {
    list: (prefix) =>
      forClient(prefix, async (tx) => ({
        kind: "keys" as const,
        keys: (await listKeys(tx)).map(({ createdAt, endedAt, believedUntil, ...key }) => ({
          ...key,
          createdAt: iso(createdAt),
          endedAt: endedAt === null ? null : iso(endedAt),
          believedUntil: believedUntil === null ? null : iso(believedUntil),
        })),
      })),
    rotate: (prefix) =>
      forClient(prefix, async (tx, logs) => {
        const made = await replaceKey(logs.keys, tx);
        await tell(tx, logs, "packet_key.rotate", { ...made, because: "operator" });
        return { kind: "rotated" as const, ...made };
      }),
    revoke: ({ prefix, kid }) =>
      forClient(prefix, async (tx, logs) => {
        if (!KID.test(kid) || !(await revokeKey(tx, kid)))
          return refused(
            `${prefix} has no such key, or it was revoked before. See: countersign packet-key list ${prefix}`,
          );
        await tell(tx, logs, "packet_key.revoke", { kid });
        return { kind: "revoked" as const, kid };
      }),
  };
}
