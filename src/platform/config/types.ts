import type { AppId } from "#kernel";
import type { Policy } from "#verifier";
import type { LogLevel } from "./values.ts";

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** Where others reach this server, without a trailing slash; null: where it listens. */
  readonly publicUrl: string | null;
}

/** PUBLIC_URL, or where it listens: `port` is the one it got. */
export function publicUrlOf({ host, publicUrl }: HttpConfig, port: number): string {
  return publicUrl ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Where traces go. */
export interface TelemetryConfig {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface AgentOauthConfig {
  readonly issuer: string;
  readonly audience: string;
}

export type GitHubConfig =
  | {
      readonly kind: "app";
      readonly appId: AppId;
      /** PKCS #8 PEM. */
      readonly privateKey: string;
      readonly webhookSecret: string;
      readonly apiUrl: string;
      /** What people sign in with; null: they cannot. */
      readonly login: { readonly clientId: string; readonly clientSecret: string } | null;
    }
  /** No App yet: the server offers "Connect GitHub" and nothing else. */
  | { readonly kind: "unconnected"; readonly apiUrl: string };

export type DatabaseConfig =
  | { readonly kind: "embedded" }
  | {
      readonly kind: "url";
      readonly url: string;
      readonly adminUrl: string | null;
      readonly sequencerUrl: string | null;
      readonly verifierUrl: string | null;
      /** The lease broker's; null: nothing is leased. */
      readonly leaseUrl: string | null;
      /** The doer's; null: nothing is executed. */
      readonly doerUrl: string | null;
      readonly claimKey: string;
    };

/** Who mints leases: a broker that this process starts, or one that is there. */
export type LeaseBrokerConfig =
  | { readonly kind: "own"; readonly directory: string }
  | { readonly kind: "given"; readonly socket: string };

/** Of the process that mints leases. */
export interface LeaseProcessConfig {
  readonly kind: "lease broker";
  readonly directory: string;
  readonly socket: string;
  readonly databaseUrl: string;
  readonly claimKey: string;
  /** null: no App, and so no leases of GitHub's. */
  readonly github: { readonly appId: AppId; readonly privateKey: string; readonly apiUrl: string } | null;
  readonly keyStore: KeyStoreConfig;
  readonly clientsDir: string;
  readonly logLevel: LogLevel;
  /** Values that no log line and no entry may carry. */
  readonly secrets: readonly string[];
}

/** How packets get to a doer. */
export type DispatchConfig =
  | { readonly kind: "queue" }
  | { readonly kind: "http"; readonly socket: string }
  /** Another machine's. `listen`: the doer's own side; `url`: the server's. Each process has its one. */
  | {
      readonly kind: "remote";
      readonly url: string | null;
      readonly listen: { readonly host: string; readonly port: number } | null;
    }
  | { readonly kind: "kafka"; readonly brokers: readonly string[]; readonly topic: string };

/** Of the process that executes. */
export interface DoerProcessConfig {
  readonly kind: "doer";
  readonly databaseUrl: string;
  readonly claimKey: string;
  readonly keyStore: KeyStoreConfig;
  readonly leaseSocket: string;
  /** For the name of the host that repositories are called to be at. */
  readonly apiUrl: string;
  readonly clientsDir: string;
  /** COUNTERSIGN_KILL_SWITCH */
  readonly killed: boolean;
  readonly atOnce: number;
  /** Dependencies for tests, a folder for each lock file; null: none are kept. */
  readonly dependenciesDir: string | null;
  readonly dispatch: DispatchConfig;
  readonly logLevel: LogLevel;
  /** Values that no log line and no entry may carry. */
  readonly secrets: readonly string[];
}

/** Who holds the audit log's key: a broker that this process starts, or one that is there. */
export type BrokerConfig =
  | {
      readonly kind: "own";
      readonly directory: string;
      /** null: the name that the directory has or gets. */
      readonly origin: string | null;
    }
  | { readonly kind: "given"; readonly socket: string };

export interface AuditConfig {
  readonly broker: BrokerConfig;
  /** Who must see each checkpoint; null: nobody watches. */
  readonly policy: Policy | null;
  /** What `git clone` takes. */
  readonly anchorGit: string | null;
  readonly anchorDirectory: string | null;
  /** The exported log in WORM storage, held against the database each night. */
  readonly wormDirectory: string | null;
  readonly timestamps: TimestampConfig | null;
}

export interface TimestampConfig {
  readonly url: string;
  /** DER of the certificates that may vouch for the authority. */
  readonly trusted: readonly Uint8Array[];
}

export type VaultLoginConfig =
  | { readonly kind: "token_file"; readonly path: string }
  | {
      readonly kind: "app_role";
      /** Where the AppRole method is mounted. */
      readonly mount: string;
      readonly roleId: string;
      readonly secretIdFile: string;
    };

/** Holds the root of all keys. Everything that is sealed opens with it, and nothing without it. */
export type KeyStoreConfig =
  /** null: in production, where it must be named. */
  | { readonly kind: "file"; readonly directory: string | null }
  | {
      readonly kind: "vault";
      readonly address: string;
      readonly namespace: string | null;
      readonly transitMount: string;
      readonly login: VaultLoginConfig;
    }
  /** `endpoint`: null is AWS's own. */
  | { readonly kind: "aws"; readonly region: string; readonly endpoint: string | null }
  | {
      readonly kind: "pkcs11";
      /** The HSM's own library. */
      readonly module: string;
      readonly token:
        | { readonly kind: "slot"; readonly slot: number }
        | { readonly kind: "label"; readonly label: string };
      readonly pinFile: string;
    };

/** What the environment says about agents, for as long as the process runs. */
export interface ControlsConfig {
  /** COUNTERSIGN_KILL_SWITCH */
  readonly killed: boolean;
  /** COUNTERSIGN_EXPLAIN_MODE */
  readonly explain: boolean;
}

/** Where the providers of clients' channels are, each with a slash at its end: their own, or those of a national cloud. */
export interface ChannelsConfig {
  readonly slackUrl: string;
  readonly graph: { readonly graph: string; readonly login: string };
}

export interface Common {
  readonly controls: ControlsConfig;
  /** null: traces are kept, and not exported. */
  readonly telemetry: TelemetryConfig | null;
  readonly keyStore: KeyStoreConfig;
  readonly channels: ChannelsConfig;
  /** A folder for each client, with its sealed credentials. */
  readonly clientsDir: string;
  /** How long a name that a client had is nobody's, in days. */
  readonly restDays: number;
  /** How long backups and archived WAL are kept, in days: what an erasure's certificate calls its horizon. */
  readonly backupDays: number;
  /** `<data dir>/live` or `<data dir>/demo`: what is real and what is played never share a directory. */
  readonly directory: string;
  readonly dataDir: string;
  readonly http: HttpConfig;
  /** Who issues access tokens to agents, and for whom; null: they have keys alone. */
  readonly agentOauth: AgentOauthConfig | null;
  /** The document of the decision at an Open Policy Agent server; null: the built-in rules decide. */
  readonly opaUrl: string | null;
  readonly logLevel: LogLevel;
  /** Values that no log line may carry. */
  readonly secrets: readonly string[];
}

export interface ServeConfig extends Common {
  readonly kind: "serve";
  readonly production: boolean;
  readonly github: GitHubConfig;
  readonly database: DatabaseConfig;
  readonly audit: AuditConfig;
  readonly leases: LeaseBrokerConfig;
  readonly dispatch: DispatchConfig;
}

/** Of the process that holds the audit log's key. */
export interface BrokerProcessConfig {
  readonly kind: "broker";
  readonly directory: string;
  readonly socket: string;
  readonly origin: string | null;
  readonly logLevel: LogLevel;
}

export interface DemoConfig extends Common {
  readonly kind: "demo";
}

export interface InvalidConfig {
  readonly kind: "invalid";
  /** Plain sentences, each with what to do; all of them at once. */
  readonly problems: readonly string[];
}

export type Config = ServeConfig | DemoConfig | InvalidConfig;
