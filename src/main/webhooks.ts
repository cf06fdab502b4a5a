// `webhook` and `notify status`, wired: with the server's own rights, in the client's name.

import type { Channel } from "#notify";
import type { NotifyPorts, NotifyStatus, WebhookPorts } from "#cli";
import { createWebhooks, MAIL_NAMES, noticeCounts, SLACK_TOKEN, tryReceiver, type Webhooks } from "#notify/io";
import type { Environment } from "#platform/config";
import type { TenantTx } from "#platform/postgres";
import { openClients, openSecret } from "#tenants/io";
import { PLATFORM_LOG } from "#kernel";
import { refused, type Refused } from "./refused.ts";
import { namedLogs, oneLog, shellUser, withLogs, type NamedLog, type OpenLogs } from "./tenant-logs.ts";

interface Here {
  readonly logs: OpenLogs;
  readonly webhooks: Webhooks;
  readonly inTenant: <T>(fn: (tx: TenantTx) => Promise<T>) => Promise<T>;
}

const NO_SUCH = "There is no such receiver, or it is disabled. `countersign webhook list` says which.";

export function webhookPorts(env: Environment, say: (line: string) => void): WebhookPorts {
  const here = <T>(tenant: string, work: (place: Here) => Promise<T | Refused>): Promise<T | Refused> =>
    withLogs<T | Refused>(env, say, async (logs) => {
      const named = await oneLog(logs, tenant);
      if ("kind" in named) return named;
      if (named.tenantId === PLATFORM_LOG) return refused("The platform itself sends no events.");
      const webhooks = createWebhooks({ append: logs.audit.append, keys: logs.keys, loopback: logs.loopback });
      return work({ logs, webhooks, inTenant: async (fn) => logs.database.withTenant(await named.claim(), fn) });
    });
  const within = <T>(
    tenant: string,
    work: (webhooks: Webhooks, tx: TenantTx) => Promise<T | Refused>,
  ): Promise<T | Refused> => here(tenant, ({ webhooks, inTenant }) => inTenant((tx) => work(webhooks, tx)));
  const by = (): Parameters<Webhooks["rotate"]>[2] => {
    const { initiator, requestId } = shellUser();
    return { initiator, requestId };
  };
  const done = async (worked: Promise<boolean>) => ((await worked) ? ({ kind: "done" } as const) : refused(NO_SUCH));

  return {
    add: ({ tenant, url, events }) =>
      within(tenant, async (webhooks, tx) => {
        const added = await webhooks.add(tx, { url, events, by: by() });
        return added.kind === "added" ? added : refused(added.why);
      }),
    list: (tenant) => within(tenant, async (webhooks, tx) => ({ kind: "webhooks", webhooks: await webhooks.list(tx) })),
    rotate: ({ tenant, id }) =>
      within(tenant, async (webhooks, tx) => {
        const secret = await webhooks.rotate(tx, id, by());
        return secret === null ? refused(NO_SUCH) : { kind: "rotated", secret };
      }),
    test: ({ tenant, id }) =>
      here(tenant, async ({ webhooks, logs, inTenant }) => {
        const posted = await tryReceiver(
          { webhooks, append: logs.audit.append, inTenant, loopback: logs.loopback },
          id,
          by(),
        );
        if (posted === null) return refused(NO_SUCH);
        return posted.kind === "answered" ? posted : refused(posted.why);
      }),
    disable: ({ tenant, id }) => within(tenant, (webhooks, tx) => done(webhooks.disable(tx, id, "by_hand", by()))),
    remove: ({ tenant, id }) => within(tenant, (webhooks, tx) => done(webhooks.remove(tx, id, by()))),
  };
}

export function notifyPorts(env: Environment, say: (line: string) => void): NotifyPorts {
  return {
    status: (tenant) =>
      withLogs(env, say, async (logs) => {
        const all = (await namedLogs(logs, tenant)).filter(({ tenantId }) => tenantId !== PLATFORM_LOG);
        if (tenant !== null && all.length === 0) return refused(`There is no client ${tenant}.`);
        const clients: NotifyStatus[] = [];
        for (const named of all) clients.push(await statusOf(logs, named));
        return { kind: "status", clients };
      }),
  };
}

async function statusOf(logs: OpenLogs, { prefix, claim }: NamedLog): Promise<NotifyStatus> {
  const { database, keys, audit, clientsDir } = logs;
  const clients = await openClients(clientsDir);
  return database.withTenant(await claim(), async (tx) => {
    const webhooks = await createWebhooks({ append: audit.append, keys, loopback: false }).list(tx);
    const has = async (name: string): Promise<boolean> =>
      (await openSecret({ clients, keys }, tx, { prefix, name })).kind === "opened";
    return {
      prefix,
      channels: [
        { channel: "github", says: "comments, by the App itself", missing: [] },
        await slackState(has),
        await mailState(has),
        {
          channel: "webhook",
          says: `${webhooks.filter(({ disabled }) => disabled === null).length} receivers, ${webhooks.filter(({ disabled }) => disabled !== null).length} disabled`,
          missing: [],
        },
      ],
      ...(await noticeCounts(tx)),
    };
  });
}

/** Whether a client's credentials for that way are there. GitHub and webhooks need none of the client's. */
export async function isSet(channel: Channel, has: Has): Promise<boolean> {
  switch (channel) {
    case "slack":
      return (await slackState(has)).missing.length === 0;
    case "mail":
      return (await mailState(has)).missing.length === 0;
    case "github":
    case "webhook":
      return true;
  }
}

type State = NotifyStatus["channels"][number];
type Has = (name: string) => Promise<boolean>;
const state = (channel: Channel, says: string, missing: readonly string[]): State => ({ channel, says, missing });

const slackState = async (has: Has): Promise<State> =>
  (await has(SLACK_TOKEN)) ? state("slack", "set", []) : state("slack", "not set", [SLACK_TOKEN]);

async function mailState(has: Has): Promise<State> {
  const from = await has(MAIL_NAMES.from);
  const way = (await has(MAIL_NAMES.resend)) ? "Resend" : (await has(MAIL_NAMES.smtp)) ? "SMTP" : null;
  const missing = [...(from ? [] : [MAIL_NAMES.from]), ...(way === null ? [MAIL_NAMES.resend] : [])];
  if (missing.length === 0) return state("mail", `set: ${way}`, []);
  return state(
    "mail",
    way === null ? `not set (or ${MAIL_NAMES.smtp} in place of ${MAIL_NAMES.resend})` : "not set",
    missing,
  );
}
