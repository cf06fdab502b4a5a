import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readAudit } from "./audit.ts";
import { readConnectedApp } from "./connected.ts";
import { readDispatch } from "./dispatch.ts";
import { readLeaseBroker } from "./leases.ts";
import { readKeyStore } from "./key-store.ts";
import { reader, type Environment, type Reader } from "./reader.ts";
import { secretValues } from "./secrets.ts";
import { MISTAKEN, SETTINGS } from "./settings.ts";
import type {
  AgentOauthConfig,
  ChannelsConfig,
  Common,
  Config,
  DatabaseConfig,
  GitHubConfig,
  TelemetryConfig,
} from "./types.ts";
import * as value from "./values.ts";

/** `start` chooses: the demo when nothing real is configured, the real thing otherwise. */
export type Wanted = "start" | "serve" | "demo";

export const DEFAULT_API = "https://api.github.com";

function readKeyFile(from: Reader, path: string): string | null {
  try {
    return from.parse(value.privateKey(`The file in PRIVATE_KEY_PATH`), readFileSync(path, "utf8"));
  } catch {
    from.problems.push(
      `PRIVATE_KEY_PATH names a file that cannot be read (${path}). Give the path of the .pem file and let this user read it.`,
    );
    return null;
  }
}

export function readPrivateKey(from: Reader): string | null {
  const path = from.text("PRIVATE_KEY_PATH");
  if (path !== null && from.text("PRIVATE_KEY") !== null) {
    from.problems.push(
      "Both PRIVATE_KEY and PRIVATE_KEY_PATH are set. Keep one, so that it is clear which key is used.",
    );
    return null;
  }
  return path === null ? from.read("PRIVATE_KEY", value.privateKey("PRIVATE_KEY")) : readKeyFile(from, path);
}

function readGitHub(from: Reader, dataDir: string): GitHubConfig | null {
  const apiUrl = from.read("GITHUB_API_URL", value.GITHUB_API_URL);
  const given = ["APP_ID", "WEBHOOK_SECRET"].filter((name) => from.text(name) !== null);
  const keyGiven = from.text("PRIVATE_KEY") !== null || from.text("PRIVATE_KEY_PATH") !== null;
  const appId = from.read("APP_ID", value.APP_ID);
  const webhookSecret = from.read("WEBHOOK_SECRET", value.WEBHOOK_SECRET);
  const privateKey = readPrivateKey(from);
  const login = readLogin(from);
  const connected = readConnectedApp(dataDir);
  if (connected.kind === "damaged") {
    from.problems.push(
      `${connected.file} cannot be used. Restore it from a backup, or remove it and connect GitHub again.`,
    );
    return null;
  }
  if (given.length === 0 && !keyGiven) {
    if (connected.kind === "none") return { kind: "unconnected", apiUrl: apiUrl ?? DEFAULT_API };
    const { clientId = null, clientSecret = null, ...app } = connected.app;
    const own = clientId === null || clientSecret === null ? null : { clientId, clientSecret };
    return { kind: "app", ...app, login: login ?? own };
  }
  if (connected.kind === "app" && appId !== null && appId !== connected.app.appId) {
    from.problems.push(
      `APP_ID is ${appId}, but the data directory belongs to App ${connected.app.appId}. Unset APP_ID, or choose another DATA_DIR.`,
    );
  }
  const missing = ["APP_ID", "WEBHOOK_SECRET"]
    .filter((name) => !given.includes(name))
    .concat(keyGiven ? [] : ["PRIVATE_KEY or PRIVATE_KEY_PATH"]);
  if (missing.length > 0)
    from.problems.push(
      `The GitHub App's settings are incomplete: ${missing.join(" and ")} missing. All of them are on the App's settings page.`,
    );
  if (appId === null || webhookSecret === null || privateKey === null) return null;
  return { kind: "app", appId, privateKey, webhookSecret, apiUrl: apiUrl ?? DEFAULT_API, login };
}

/** null: nobody signs in, and the pages say so. */
function readLogin(from: Reader): { readonly clientId: string; readonly clientSecret: string } | null {
  const clientId = from.read("GITHUB_CLIENT_ID", value.CLIENT_ID);
  const clientSecret = from.read("GITHUB_CLIENT_SECRET", value.CLIENT_SECRET);
  if ((from.text("GITHUB_CLIENT_ID") === null) !== (from.text("GITHUB_CLIENT_SECRET") === null))
    from.problems.push(
      "GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET go together: set both, or neither. Both are on the App's settings page.",
    );
  return clientId === null || clientSecret === null ? null : { clientId, clientSecret };
}

function readDatabase(from: Reader, production: boolean): DatabaseConfig | null {
  const url = from.read("DATABASE_URL", value.databaseUrl("DATABASE_URL"));
  const adminUrl = from.read("DATABASE_ADMIN_URL", value.databaseUrl("DATABASE_ADMIN_URL"));
  const sequencerUrl = from.read("SEQUENCER_DATABASE_URL", value.databaseUrl("SEQUENCER_DATABASE_URL"));
  const verifierUrl = from.read("VERIFIER_DATABASE_URL", value.databaseUrl("VERIFIER_DATABASE_URL"));
  const leaseUrl = from.read("LEASE_DATABASE_URL", value.databaseUrl("LEASE_DATABASE_URL"));
  const doerUrl = from.read("DOER_DATABASE_URL", value.databaseUrl("DOER_DATABASE_URL"));
  const claimKey = from.read("CLAIM_KEY", value.CLAIM_KEY);
  if (from.text("DATABASE_URL") === null) {
    if (production)
      from.problems.push(
        "NODE_ENV is production, but DATABASE_URL is missing: embedded PostgreSQL is for one machine and for trying. Set DATABASE_URL and run `countersign migrate`.",
      );
    for (const name of [
      "DATABASE_ADMIN_URL",
      "SEQUENCER_DATABASE_URL",
      "VERIFIER_DATABASE_URL",
      "LEASE_DATABASE_URL",
      "DOER_DATABASE_URL",
    ])
      if (from.text(name) !== null)
        from.problems.push(
          `${name} is set, but DATABASE_URL is missing. Set both, or neither for embedded PostgreSQL.`,
        );
    if (from.text("CLAIM_KEY") !== null)
      from.problems.push(
        "CLAIM_KEY is set, but DATABASE_URL is missing. Embedded PostgreSQL makes its own key: remove CLAIM_KEY.",
      );
    return { kind: "embedded" };
  }
  if (url !== null && url === adminUrl)
    from.problems.push(
      "DATABASE_URL and DATABASE_ADMIN_URL are the same login. The server must not own its tables: use two logins.",
    );
  for (const [name, given] of [
    ["SEQUENCER_DATABASE_URL", sequencerUrl],
    ["VERIFIER_DATABASE_URL", verifierUrl],
    ["LEASE_DATABASE_URL", leaseUrl],
    ["DOER_DATABASE_URL", doerUrl],
  ] as const)
    if (given !== null && [url, adminUrl].some((other) => other !== null && userOf(other) === userOf(given)))
      from.problems.push(
        `${name} names a login that is another's already. Give it a user of its own; \`countersign migrate\` makes it.`,
      );
  if (from.text("CLAIM_KEY") === null)
    from.problems.push(
      "CLAIM_KEY is missing. Make one with `openssl rand -hex 32` and give the same one to `countersign migrate` and to the server.",
    );
  return url === null || claimKey === null
    ? null
    : { kind: "url", url, adminUrl, sequencerUrl, verifierUrl, leaseUrl, doerUrl, claimKey };
}

const userOf = (databaseUrl: string): string => new URL(databaseUrl).username;

/** What makes the demo impossible: the first word of a setting, or a thing found, that is real. */
function realThings(from: Reader, dataDir: string): readonly string[] {
  const found: string[] = SETTINGS.filter((setting) => setting.real && from.text(setting.name) !== null).map(
    (setting) => setting.name,
  );
  if (from.text("NODE_ENV") === "production") found.push("NODE_ENV=production");
  const live = join(dataDir, "live");
  if (readConnectedApp(dataDir).kind !== "none") found.push(`a connected GitHub App in ${live}`);
  // `tenant onboard` makes it before there is an App: whoever then asks for that client must not be shown the demo.
  if (existsSync(join(live, "postgres"))) found.push(`a database of real clients in ${live}`);
  return found;
}

function readAgentOauth(from: Reader, publicUrl: string | null): AgentOauthConfig | null {
  const issuer = from.read("AGENT_OAUTH_ISSUER", value.AGENT_OAUTH_ISSUER);
  const given = from.read("AGENT_OAUTH_AUDIENCE", value.AGENT_OAUTH_AUDIENCE);
  const audience = given ?? (publicUrl === null ? null : `${publicUrl}/mcp`);
  if (issuer === null) {
    if (from.text("AGENT_OAUTH_ISSUER") === null && given !== null)
      from.problems.push(
        "AGENT_OAUTH_AUDIENCE is set, but AGENT_OAUTH_ISSUER is missing. Set both, or neither: agents then have keys.",
      );
    return null;
  }
  if (audience === null) {
    from.problems.push(
      "AGENT_OAUTH_ISSUER is set, but nothing says what its tokens are for. Set PUBLIC_URL, or AGENT_OAUTH_AUDIENCE to this server's MCP address.",
    );
    return null;
  }
  return { issuer, audience };
}

function readTelemetry(from: Reader): TelemetryConfig | null {
  const url = from.read("OTEL_EXPORTER_OTLP_ENDPOINT", value.OTLP_ENDPOINT);
  const headers = from.read("OTEL_EXPORTER_OTLP_HEADERS", value.OTLP_HEADERS);
  return url === null ? null : { url, headers: headers ?? {} };
}

const withSlash = (url: string | null, otherwise: string): string => `${url ?? otherwise}/`;
const readChannels = (from: Reader): ChannelsConfig => ({
  slackUrl: withSlash(from.read("SLACK_API_URL", value.SLACK_API_URL), "https://slack.com/api"),
  graph: {
    graph: withSlash(from.read("GRAPH_API_URL", value.GRAPH_API_URL), "https://graph.microsoft.com"),
    login: withSlash(from.read("GRAPH_LOGIN_URL", value.GRAPH_LOGIN_URL), "https://login.microsoftonline.com"),
  },
});

function readCommon(env: Environment, from: Reader, kind: "live" | "demo", dataDir: string): Common {
  const directory = join(dataDir, kind);
  // Keys of the demo are made anew at each start, and never stand in anybody's Vault.
  const keyStore = readKeyStore(from, directory) ?? { kind: "file", directory: null };
  const host = from.read("HOST", value.HOST) ?? "127.0.0.1";
  const port = from.read("PORT", value.PORT) ?? 3000;
  const publicUrl = from.read("PUBLIC_URL", value.PUBLIC_URL);
  return {
    dataDir,
    directory,
    // The demo's clients are nobody's, and never stand beside real ones.
    clientsDir:
      (kind === "live" ? from.read("CLIENTS_DIR", value.path("CLIENTS_DIR")) : join(directory, "clients")) ?? "clients",
    restDays: from.read("TENANT_REST_DAYS", value.TENANT_REST_DAYS) ?? 30,
    controls: {
      killed: from.read("COUNTERSIGN_KILL_SWITCH", value.flag("COUNTERSIGN_KILL_SWITCH")) ?? false,
      explain: from.read("COUNTERSIGN_EXPLAIN_MODE", value.flag("COUNTERSIGN_EXPLAIN_MODE")) ?? false,
    },
    telemetry: readTelemetry(from),
    keyStore,
    channels: readChannels(from),
    backupDays: from.read("BACKUP_DAYS", value.BACKUP_DAYS) ?? 30,
    http: { host, port, publicUrl },
    agentOauth: readAgentOauth(from, publicUrl),
    opaUrl: from.read("OPA_URL", value.OPA_URL),
    logLevel: from.read("LOG_LEVEL", value.LOG_LEVEL) ?? "info",
    secrets: secretValues(env),
  };
}

const secretsOf = (github: GitHubConfig): readonly string[] =>
  github.kind === "app"
    ? [github.privateKey, github.webhookSecret, ...(github.login === null ? [] : [github.login.clientSecret])]
    : [];

export function readConfig(env: Environment, wanted: Wanted = "start"): Config {
  const from = reader(env);
  const dataDir = from.read("DATA_DIR", value.DATA_DIR) ?? ".data";
  const real = realThings(from, dataDir);
  for (const [name, message] of Object.entries(MISTAKEN)) if (from.text(name) !== null) from.problems.push(message);

  if (wanted === "demo" || (wanted === "start" && real.length === 0)) {
    const common = readCommon(env, from, "demo", dataDir);
    if (real.length > 0) {
      from.problems.push(
        `The demo does not start beside real settings (found ${real.join(", ")}). Run \`countersign serve\` for the real thing, or unset them to see the demo.`,
      );
    }
    if (!["127.0.0.1", "localhost", "::1"].includes(common.http.host))
      from.problems.push("The demo listens on this machine only: everybody may act as everybody in it. Unset HOST.");
    return from.problems.length > 0 ? { kind: "invalid", problems: from.problems } : { kind: "demo", ...common };
  }

  const production = from.text("NODE_ENV") === "production";
  const common = readCommon(env, from, "live", dataDir);
  const github = readGitHub(from, dataDir);
  const database = readDatabase(from, production);
  const audit = readAudit(from, common.directory);
  const leases = readLeaseBroker(from, common.directory);
  const dispatch = readDispatch(from);
  if (from.problems.length > 0 || github === null || database === null)
    return { kind: "invalid", problems: from.problems };
  return {
    kind: "serve",
    production,
    github,
    database,
    audit,
    leases,
    dispatch,
    ...common,
    secrets: [...common.secrets, ...secretsOf(github)],
  };
}
