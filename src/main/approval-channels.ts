// `approval channel`: where a client's approvers are told of what waits for them.

import { isAddress, isSlackId, reachAsOperator, setReach, type SetReach } from "#approvals/io";
import type { ApprovalChannelPorts } from "#cli";
import { peopleOf } from "#identity/io";
import type { Environment } from "#platform/config";
import { CLIENT_INACTIVE } from "./client-operator.ts";
import { refused, type Refused } from "./refused.ts";
import { oneLog, shellUser, withLogs, type NamedLog, type OpenLogs } from "./tenant-logs.ts";

export function approvalChannelPorts(env: Environment, say: (line: string) => void): ApprovalChannelPorts {
  type Access = NonNullable<OpenLogs["operator"]> & Pick<OpenLogs, "keys"> & Pick<OpenLogs["audit"], "append">;
  const within = <T>(
    tenant: string,
    work: (access: Access, named: NamedLog) => Promise<T | Refused>,
  ): Promise<T | Refused> =>
    withLogs<T | Refused>(env, say, async (logs) => {
      if (logs.operator === null)
        return refused(
          "DATABASE_ADMIN_URL is missing: only the operator's login may say where approvers are told, not the server's.",
        );
      const named = await oneLog(logs, tenant);
      if ("kind" in named) return named;
      return work({ ...logs.operator, keys: logs.keys, append: logs.audit.append }, named);
    });

  const put = async (access: Access, { tenantId }: NamedLog, to: SetReach) =>
    (await setReach(access, { tenant: tenantId, to, by: shellUser() }))
      ? ({ kind: "set" } as const)
      : refused(CLIENT_INACTIVE);

  return {
    list: (tenant) =>
      within(tenant, async (access, { tenantId }) => {
        const reach = await reachAsOperator(access, tenantId);
        if (reach === null) return refused(CLIENT_INACTIVE);
        const people = await peopleOf(access, tenantId);
        const loginOf = (person: string): string =>
          people.find((each) => each.person === person)?.login ?? "somebody who has left";
        return {
          kind: "told",
          slack: reach.slack,
          mail: reach.mail.map(({ person, address }) => ({ login: loginOf(person), address })),
        };
      }),
    slack: ({ tenant, place }) =>
      within(tenant, async (access, named) => {
        const fits = (id: string, begins: RegExp): boolean => isSlackId(id) && begins.test(id) && id.length > 2;
        // Told apart by their first letter: the two, swapped, would be told nowhere.
        if (place !== null && !(fits(place.team, /^[TE]/) && fits(place.channel, /^[CG]/)))
          return refused(
            "A workspace's id looks like T0123ABCD, a channel's like C0123ABCD: Slack shows both under About.",
          );
        return put(access, named, { kind: "slack", place });
      }),
    mail: ({ tenant, login, address }) =>
      within(tenant, async (access, named) => {
        if (address !== null && !isAddress(address))
          return refused(`${JSON.stringify(address)} is no plain mail address, as ann@acme.example is.`);
        const people = await peopleOf(access, named.tenantId);
        const found = people.find((each) => each.login.toLowerCase() === login.toLowerCase());
        if (found === undefined)
          return refused(
            `Tenant ${named.prefix} has nobody of that login. \`countersign person list --tenant ${named.prefix}\` lists them.`,
          );
        if (address !== null && !found.roles.includes("approver"))
          return refused(`${found.login} is no approver. \`countersign person roles\` says what somebody may do.`);
        return put(access, named, { kind: "mail", person: found.person, address });
      }),
  };
}
