// What agents reach, wired: who they are, by whose word, and the gateway that decides.

import type { Hono } from "hono";
import { ticketApi } from "#console";
import type { KillSwitch } from "#controls";
import type { Gateway } from "#gateway";
import { createAuthenticate, createTokens, personByGithub } from "#identity/io";
import { createAgentSurface } from "#mcp";
import type { AgentOauthConfig, HttpConfig } from "#platform/config";
import type { HttpEnv } from "#platform/http";
import type { Database } from "#platform/postgres";
import { build } from "./sequencer.ts";

interface AgentPlace {
  readonly database: Database;
  readonly gateway: Gateway;
  readonly killSwitch: Pick<KillSwitch, "platform">;
  readonly http: HttpConfig;
  readonly oauth: AgentOauthConfig | null;
}

export const agentSurfaceOf = ({ database, gateway, killSwitch, http, oauth }: AgentPlace): Hono<HttpEnv> =>
  createAgentSurface({
    authenticate: createAuthenticate({
      db: database,
      tokens: oauth === null ? null : createTokens({ ...oauth, fetch, clock: Date.now }),
      requesterOf: personByGithub,
    }),
    gateway,
    killSwitch,
    hosts: hostsOf(http),
    oauth,
    version: build().version,
    also: ticketApi,
    clock: Date.now,
  });

/** By which names this server is called: its public one, where it listens, and this machine's own names for itself. */
const hostsOf = ({ host, publicUrl }: HttpConfig): readonly string[] => [
  ...(publicUrl === null ? [] : [new URL(publicUrl).hostname]),
  ...(host === "0.0.0.0" || host === "::" ? [] : [host.includes(":") ? `[${host}]` : host]),
  "localhost",
  "127.0.0.1",
  "[::1]",
];
