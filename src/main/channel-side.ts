// What a client that leaves gave us for its channels, taken back at Slack and Microsoft while its key still opens it.

import { randomUUID } from "node:crypto";
import { enterLog, type Append } from "#audit/io";
import { Fault, PLATFORM_LOG } from "#kernel";
import type { Kms } from "#keys";
import { endSubscriptions, MAIL_SECRETS, type MailSecret } from "#mail";
import type { ChannelsConfig } from "#platform/config";
import { withOperator } from "#platform/postgres";
import { revokeSlackToken } from "#slack";
import type { ChannelSide, Leaver } from "#tenants";
import { credentialsOfLeaver, type By, type Clients, type RegistryAccess } from "#tenants/io";

interface ChannelSideParts {
  readonly access: RegistryAccess;
  readonly kms: Kms;
  readonly clients: Clients;
  readonly by: By;
  readonly place: ChannelsConfig;
}

/** Passwords and keys that cannot end themselves. What is sealed of them ends with the client's key. */
const THE_CLIENTS: Readonly<Record<string, string>> = {
  RESEND_API_KEY: "resend",
  SMTP_URL: "smtp",
  IMAP_URL: "imap",
};
const NAMES: readonly string[] = ["SLACK_BOT_TOKEN", ...MAIL_SECRETS, ...Object.keys(THE_CLIENTS)];
const providerOf = (name: string): string =>
  name.startsWith("GRAPH_") ? "graph" : (THE_CLIENTS[name] ?? (name === "SLACK_BOT_TOKEN" ? "slack" : "mail"));

export function channelSide({ access, kms, clients, by, place }: ChannelSideParts): ChannelSide {
  return {
    async revoke(leaver) {
      const { open, lost } = await credentialsOfLeaver({ access, kms, clients }, leaver, NAMES);
      const stands: Record<string, string> = {};
      const problems: string[] = [];
      for (const name of lost) stands[providerOf(name)] = "its key was destroyed before, and nothing opens it";
      const attempt = async (provider: string, work: () => Promise<string | null>): Promise<void> => {
        try {
          const how = await work();
          if (how !== null) stands[provider] = how;
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          stands[provider] = "not known to be revoked";
          problems.push(error.message);
        }
      };
      const told = (provider: string) => (act: () => Promise<void>) => acted({ access, by }, leaver, provider, act);

      const token = open.get("SLACK_BOT_TOKEN");
      if (token !== undefined && token !== "")
        await attempt("slack", async () => {
          await revokeSlackToken(token, { apiUrl: place.slackUrl, told: told("slack") }); // prettier-ignore
          return "revoked: Slack refuses the token";
        });
      await attempt("graph", async () => {
        const how = await endSubscriptions(mailSecrets(open), {
          tenant: leaver.tenantId,
          told: told("graph"),
          clock: Date.now,
          place: place.graph,
        });
        switch (how) {
          case "none":
            return "no subscription is left; the application's secret is the client's to withdraw";
          case "withdrawn":
            return "withdrawn: Microsoft refuses the application's secret";
          case "unset":
            return null;
        }
      });
      for (const [name, provider] of Object.entries(THE_CLIENTS))
        if (open.has(name)) stands[provider] = "the client's to withdraw: it cannot end itself";
      return { stands, problems };
    },
  };
}

function mailSecrets(open: ReadonlyMap<string, string>): ReadonlyMap<MailSecret, string> {
  const found = new Map<MailSecret, string>();
  for (const name of MAIL_SECRETS) {
    const value = open.get(name);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

/**
 * INVARIANT: no call that changes something at a provider before its intent is committed, in the platform's log: the client's own takes no
 * entry any more. What broke off in between stays an open intent, and is asked for again.
 */
async function acted(
  { access, by }: { readonly access: RegistryAccess & { readonly append: Append }; readonly by: By },
  { tenantId }: Leaver,
  provider: string,
  act: () => Promise<void>,
): Promise<void> {
  const requestId = randomUUID();
  const write = (more: Pick<Parameters<Append>[1], "outcome" | "intent">) =>
    withOperator(access, async (operator) => {
      const tx = await enterLog(operator, PLATFORM_LOG);
      if (tx === null) throw new Fault("invariant_broken", "The platform's own log is not there.");
      return access.append(tx, {
        kind: "tenant.erase.step",
        ...more,
        observer: { type: "app", id: "countersign" },
        initiator: by.operator,
        target: { type: "tenant", id: tenantId },
        requestId,
        body: { step: "provider_revoked", provider, tenant: tenantId },
      });
    });
  const intent = await write({ outcome: "intent" });
  await act();
  await write({ outcome: "success", intent });
}
