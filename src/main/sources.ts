// `slack` and `mail`: by whoever has a shell here, in their name.

import { createReading } from "#audit/io";
import { judgeSource, type Line, type SlackConnected, type SourceChecked, type SourcePorts } from "#cli";
import { PLATFORM_LOG, type TenantId } from "#kernel";
import { checkMail, drop, mailSecrets, opener, pollJob, quarantined, release } from "#mail";
import { readConfig, type Environment } from "#platform/config";
import { enqueue } from "#platform/jobs";
import type { TenantTx } from "#platform/postgres";
import { createTell, receivers } from "#notify/io";
import { checkSlack, connectedSlack, connectSlack, slackStanding, workspaceOf, type Workspace } from "#slack";
import { createTickets } from "#tickets/io";
import { CLIENT_INACTIVE, clientOperator } from "./client-operator.ts";
import { refused, type Refused } from "./refused.ts";
import { oneLog, shellUser, withLogs, type NamedLog, type OpenLogs } from "./tenant-logs.ts";
import { secretsOf } from "./ticket-sources.ts";
import { ticketDeps } from "./tickets.ts";

const NO_SUCH = "No such mail waits. `countersign mail quarantine list` lists those that do.";

export function sourcePorts(env: Environment, say: (line: string) => void): SourcePorts {
  const asOperator = clientOperator(env, say, "connect a workspace");
  const connected = (tenant: TenantId, workspace: Workspace | null): SlackConnected => ({
    kind: "slack",
    workspace,
    addresses: workspace === null ? [] : addressesOf(publicUrlOf(env), tenant),
  });
  const change = (prefix: string, workspace: Workspace | null) =>
    asOperator<SlackConnected>(prefix, async (access, { tenantId: tenant }) =>
      (await connectSlack(access, { tenant, workspace, by: shellUser() }))
        ? connected(tenant, workspace)
        : refused(CLIENT_INACTIVE),
    );
  const within = <T>(tenant: string | null, work: (here: Here) => Promise<T | Refused>): Promise<T | Refused> =>
    withLogs<T | Refused>(env, say, async (logs) => {
      const named = await oneLog(logs, tenant);
      if ("kind" in named) return named;
      if (named.tenantId === PLATFORM_LOG) return refused("That is the platform's own log, and no client's.");
      return logs.database.withTenant(await named.claim(), (tx) => work({ logs, named, tx }));
    });
  const partsOf = ({ audit, keys }: OpenLogs) => {
    const tell = createTell(keys, receivers);
    return { append: audit.append, keys, tickets: createTickets(ticketDeps({ append: audit.append, keys, tell })) };
  };

  return {
    slack: {
      check: (prefix) => within(prefix, checkedSlack),
      connect: (prefix, workspace) => change(prefix, workspace),
      disconnect: (prefix) => change(prefix, null),
      show: (prefix) =>
        asOperator<SlackConnected>(prefix, async (access, { tenantId }) =>
          connected(tenantId, await connectedSlack(access, tenantId)),
        ),
    },
    mail: {
      check: (prefix) => within(prefix, checkedMail),
      list: (tenant) =>
        within(tenant, async ({ logs, named, tx }) => {
          const mails = await quarantined(logs, tx);
          await createReading(logs.audit).note(tx, shellUser(), {
            kind: "audit.read",
            target: { type: "tenant", id: named.tenantId },
            count: mails.length,
            what: { quarantine: true },
          });
          return { kind: "mails", mails } as const;
        }),
      release: (tenant, id) =>
        within(tenant, async ({ logs, named, tx }) => {
          const done = await release(partsOf(logs), tx, id, shellUser());
          return done === null
            ? refused(NO_SUCH)
            : ({ kind: "released", ticket: `${named.prefix.toUpperCase()}-${done.number ?? "?"}` } as const);
        }),
      drop: (tenant, id) =>
        within(tenant, async ({ logs, tx }) =>
          (await drop(partsOf(logs), tx, id, shellUser())) ? ({ kind: "dropped" } as const) : refused(NO_SUCH),
        ),
    },
  };
}

interface Here {
  readonly logs: OpenLogs;
  readonly named: NamedLog;
  readonly tx: TenantTx;
}

async function checkedSlack({ logs, named: { prefix }, tx }: Here): Promise<SourceChecked> {
  const secret = secretsOf(logs.keys, logs.clientsDir);
  const lines = await checkSlack({
    prefix,
    token: await secret(tx, "SLACK_BOT_TOKEN"),
    signingSecret: await secret(tx, "SLACK_SIGNING_SECRET"),
    workspace: await workspaceOf(tx),
    place: { apiUrl: logs.channels.slackUrl },
  });
  const found = await slackStanding(tx);
  const heard = found === null ? [] : judgeSource({ prefix, kind: "slack", ...found });
  return { kind: "checked", lines: [...lines, ...heard.map(asChecked)] };
}

/** What can be read is read by the server at once. */
async function checkedMail({ logs, named: { prefix }, tx }: Here): Promise<SourceChecked> {
  const sealed = await mailSecrets(secretsOf(logs.keys, logs.clientsDir), tx);
  const { lines, found } = await checkMail(opener(Date.now, logs.channels.graph), sealed, {
    prefix,
    nowMs: Date.now(),
  });
  for (const kind of found) await enqueue(tx, pollJob(tx.tenantId, kind));
  return { kind: "checked", lines };
}

const asChecked = ({ status, what, next }: Line): SourceChecked["lines"][number] => ({
  ok: status === "ok",
  text: next === null ? what : `${what} ${next}`,
});

function publicUrlOf(env: Environment): string {
  const config = readConfig(env, "start");
  const url = config.kind === "serve" ? config.http.publicUrl : null;
  return url ?? "https://THIS_SERVER";
}

const addressesOf = (base: string, tenant: TenantId): SlackConnected["addresses"] => [
  { what: "Event Subscriptions, Request URL", url: `${base}/api/slack/${tenant}/events` },
  { what: "Slash Commands, /countersign", url: `${base}/api/slack/${tenant}/commands` },
  { what: "Interactivity, Request URL", url: `${base}/api/slack/${tenant}/actions` },
];
