// The settings of the program, one row each. docs/configuration.md is tested against this table.

export interface Setting {
  readonly name: string;
  readonly what: string;
  readonly fallback: string;
  /** Its value is kept out of every log line and message. */
  readonly secret: boolean;
  /** Its presence means that somebody is pointing the program at real GitHub or real data: the demo then refuses to start. */
  readonly real: boolean;
}

/** `hidden`: a secret that opens nothing of a client's, so that the demo may have it. */
type Kind = "" | "real" | "secret" | "hidden";
const row = (name: string, what: string, fallback: string, kind: Kind = ""): Setting => ({
  name,
  what,
  fallback,
  secret: kind === "secret" || kind === "hidden",
  real: kind === "real" || kind === "secret",
});

export const SETTINGS = [
  row("APP_ID", "The GitHub App's numeric id, from its settings page.", "none: Connect GitHub creates an App", "real"),
  row(
    "PRIVATE_KEY",
    "The App's private key, as PEM text (line breaks may be written \\n) or that text in base64.",
    "none",
    "secret",
  ),
  row(
    "PRIVATE_KEY_PATH",
    "The path of a file with the App's private key. Use this or PRIVATE_KEY, not both.",
    "none",
    "real",
  ),
  row(
    "WEBHOOK_SECRET",
    "The App's webhook secret: random, at least 20 characters. `openssl rand -hex 32` makes one.",
    "none, on purpose",
    "secret",
  ),
  row(
    "GITHUB_CLIENT_ID",
    "The App's client id, from its settings page: people sign in with it.",
    "none: Connect GitHub keeps it; without it nobody signs in",
    "real",
  ),
  row(
    "GITHUB_CLIENT_SECRET",
    "A client secret of the App, made on its settings page. With GITHUB_CLIENT_ID, or not at all.",
    "none",
    "secret",
  ),
  row("GITHUB_API_URL", "The API's base URL. GitHub Enterprise Server: https://HOST/api/v3.", "https://api.github.com"),
  row(
    "SLACK_API_URL",
    "The address of Slack's Web API for clients' workspaces. GovSlack: https://slack-gov.com/api.",
    "https://slack.com/api",
  ),
  row(
    "GRAPH_API_URL",
    "Microsoft Graph's address for clients' mailboxes. A national cloud: https://graph.microsoft.us.",
    "https://graph.microsoft.com",
  ),
  row(
    "GRAPH_LOGIN_URL",
    "Where clients' Entra applications get their tokens. A national cloud: https://login.microsoftonline.us.",
    "https://login.microsoftonline.com",
  ),
  row(
    "DATABASE_URL",
    "PostgreSQL 15 or later, as the login of the application (never a superuser). Required when NODE_ENV is production.",
    "embedded PostgreSQL in the data directory",
    "secret",
  ),
  row(
    "DATABASE_ADMIN_URL",
    "The login that owns the schema, for the operator's own commands: `migrate`, `tenant`, `key`, `audit hold`, `audit retention`, `audit reindex`. Do not give it to the server.",
    "none",
    "secret",
  ),
  row(
    "SEQUENCER_DATABASE_URL",
    "The audit log's sequencer's own login, a user of its own; `countersign migrate` makes it. Required with DATABASE_URL. A direct connection: no transaction pooler.",
    "made on first start, with embedded PostgreSQL",
    "secret",
  ),
  row(
    "VERIFIER_DATABASE_URL",
    "The verifier's own login: reads every hash and no body; `countersign migrate` makes it. `countersign audit verify` against the database needs it.",
    "made on first start, with embedded PostgreSQL",
    "secret",
  ),
  row(
    "LEASE_DATABASE_URL",
    "The lease broker's own login; `countersign migrate` makes it. Without it, and with DATABASE_URL, the server has no lease broker, and nothing is leased.",
    "made on first start, with embedded PostgreSQL",
    "secret",
  ),
  row(
    "DOER_DATABASE_URL",
    "The doer's own login; `countersign migrate` makes it. Without it, and with DATABASE_URL, the server has no doer, and nothing is executed.",
    "made on first start, with embedded PostgreSQL",
    "secret",
  ),
  row(
    "CLAIM_KEY",
    "The key that signs tenant claims, 64 hexadecimal digits. Required with DATABASE_URL; the same for `migrate` and the server.",
    "made on first start, with embedded PostgreSQL",
    "secret",
  ),
  row(
    "OPERATOR_KEY_FILE",
    "For an operator's own shell, never the server: a file with their operator key, readable by them alone. Without it the key is asked for.",
    "none: asked for",
  ),
  row("HOST", "The address to listen on.", "127.0.0.1"),
  row("PORT", "The port to listen on; 0 picks a free one.", "3000"),
  row(
    "PUBLIC_URL",
    "Where GitHub and browsers reach this server, as https://HOST. Connect GitHub puts it into the App's webhook address.",
    "http://HOST:PORT",
  ),
  row(
    "AGENT_OAUTH_ISSUER",
    "Agents may come with access tokens of this OAuth issuer, besides keys: its address, exactly as it stands in their iss claim. Tokens name the tenant and the agent by id, in claims of those names.",
    "none: agents have keys",
  ),
  row(
    "AGENT_OAUTH_AUDIENCE",
    "With AGENT_OAUTH_ISSUER: what their aud claim must be, which is this server's own MCP address.",
    "PUBLIC_URL and /mcp",
  ),
  row(
    "OPA_URL",
    "An Open Policy Agent server decides in place of policies/default: the address of its document. The hard refusals and the clients' own rules hold above its answer. docs/policy.md",
    "the built-in rules decide",
  ),
  row("DATA_DIR", "Where embedded PostgreSQL and connected credentials live.", ".data"),
  row(
    "AUDIT_ORIGIN",
    "The name under which auditors know the audit log, such as audit.example.com. It can never be changed later.",
    "localhost/ and eight digits of its first key",
  ),
  row("BROKER_SOCKET", "The Unix socket of a broker of your own (`countersign broker`).", "the server starts its own"),
  row("BROKER_DIR", "Where the broker keeps the audit log's key and its last checkpoints.", "DATA_DIR/live/broker"),
  row(
    "LEASE_BROKER_SOCKET",
    "The Unix socket of a lease broker of your own (`countersign lease broker`).",
    "the server starts its own",
  ),
  row(
    "LEASE_BROKER_DIR",
    "Where the lease broker keeps, sealed, what it has minted and not yet revoked.",
    "DATA_DIR/live/leases",
  ),
  row(
    "DOER_SOCKET",
    "For `countersign doer`: a Unix socket on which it takes packets, beside the queue. For the server: send packets there, not into the queue.",
    "the database's queue",
  ),
  row(
    "DOER_LISTEN",
    "For `countersign doer` on another machine: host:port on which it takes packets by HTTP, beside the queue. TLS is a proxy's.",
    "the database's queue",
  ),
  row(
    "DOER_URL",
    "For the server: the https address of such a doer's proxy. Packets go there, not into the queue.",
    "the database's queue",
  ),
  row(
    "DEPENDENCIES_DIR",
    "Where people put the dependencies that shell.test may use, a folder for each package-lock.json (docs/doer.md). The sandbox's user has to be able to enter it.",
    "tests run with what the repository holds",
  ),
  row("DOER_ATONCE", "How many calls one doer executes at the same time (1 to 64).", "8"),
  row(
    "KAFKA_BROKERS",
    "Send and take packets through Kafka, not through the queue: host:port, separated by commas. Needs the package kafkajs, and KAFKA_TOPIC for another topic than countersign.packets.",
    "the database's queue",
  ),
  row("KAFKA_TOPIC", "With KAFKA_BROKERS: the topic of packets. They are sealed.", "countersign.packets"),
  row(
    "KEYS_DIR",
    "Where the root key and the tenants' keys live: readable by this user alone, backed up apart from the database. Required when NODE_ENV is production.",
    "`keys` beside the database in the data directory",
    "real",
  ),
  row(
    "KMS",
    "Where the tenants' keys live: file (KEYS_DIR), vault (HashiCorp Vault, or OpenBao), pkcs11 (an HSM) or aws (AWS KMS).",
    "file",
    "real",
  ),
  row(
    "AWS_REGION",
    "With KMS=aws: the region of the keys. Credentials are found by the AWS SDK: give the server a role.",
    "none",
  ),
  row("AWS_KMS_ENDPOINT", "With KMS=aws: another address of the service, such as a VPC endpoint's.", "AWS's own"),
  row("PKCS11_MODULE", "With KMS=pkcs11: the path of the HSM's PKCS#11 library.", "none"),
  row("PKCS11_LABEL", "With KMS=pkcs11: the token's label. This or PKCS11_SLOT.", "none"),
  row("PKCS11_SLOT", "With KMS=pkcs11: the token's slot, a number.", "none"),
  row("PKCS11_PIN_FILE", "With KMS=pkcs11: a file with the token's user PIN, readable by this user alone.", "none"),
  row("VAULT_ADDR", "With KMS=vault: Vault's address, such as https://vault.example.com:8200.", "none"),
  row("VAULT_TRANSIT_MOUNT", "With KMS=vault: where its transit engine is mounted.", "transit"),
  row("VAULT_NAMESPACE", "With KMS=vault: the namespace of the engine.", "none"),
  row(
    "VAULT_TOKEN_FILE",
    "With KMS=vault: a file with the token, such as Vault Agent writes; not readable by everybody. Read anew when Vault no longer knows the token.",
    "none: an AppRole",
  ),
  row("VAULT_ROLE_ID", "With KMS=vault and no token file: the AppRole's role id.", "none"),
  row("VAULT_SECRET_ID_FILE", "A file with the AppRole's secret id; not readable by everybody.", "none"),
  row("VAULT_APPROLE_MOUNT", "Where the AppRole method is mounted.", "approle"),
  row(
    "CLIENTS_DIR",
    "Where each client has its folder, with its sealed credentials: readable by this user alone.",
    "clients",
  ),
  row(
    "TENANT_REST_DAYS",
    "How long the name of a client that was erased is given to nobody, in days (0 to 3650): as long as logs may still mean who had it.",
    "30",
  ),
  row(
    "BACKUP_DAYS",
    "How many days backups and archived WAL are kept: until then they may hold what nothing opens any more, and an erasure's certificate says so.",
    "30",
  ),
  row(
    "AUDIT_WITNESSES",
    "A policy file (c2sp.org/tlog-policy): the witnesses that see each checkpoint, and how many must. docs/witnesses.md",
    "nobody outside watches",
  ),
  row("AUDIT_ANCHOR_GIT", "A git repository that gets the checkpoint every hour; never a forced push.", "none"),
  row("AUDIT_ANCHOR_DIR", "A folder that gets each epoch's files once, such as a mounted WORM bucket.", "none"),
  row(
    "AUDIT_WORM_DIR",
    "The folder into which `countersign audit export --to` writes the log for WORM storage: a running server holds it against the database each night.",
    "none",
  ),
  row("TSA_URL", "An RFC 3161 timestamp authority that stamps each checkpoint.", "no timestamps"),
  row("TSA_CA", "A PEM file with the root that vouches for the authority.", "the roots that Node trusts"),
  row(
    "COUNTERSIGN_KILL_SWITCH",
    "1 stops every agent for as long as this server runs, whatever the database says: nothing is executed, every call is refused, and traces go on. docs/controls.md",
    "0: the database's switch alone",
  ),
  row(
    "COUNTERSIGN_EXPLAIN_MODE",
    "1 only explains: every call is decided and nothing is executed; what executes is not even made. docs/controls.md",
    "0",
  ),
  row(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "Where traces of calls go, by OTLP over HTTP: a collector's address, without /v1/traces. docs/telemetry.md",
    "traces are kept, and not exported",
  ),
  row(
    "OTEL_EXPORTER_OTLP_HEADERS",
    "Headers for it, as name=value,name=value with values percent-encoded.",
    "none",
    "hidden",
  ),
  row("LOG_LEVEL", "trace, debug, info, warn, error, fatal or silent.", "info"),
  row("NODE_ENV", "production makes DATABASE_URL mandatory and refuses the demo.", "not production"),
] as const satisfies readonly Setting[];

/** Names that other programs read and this one does not: silence about them would be a trap. */
export const MISTAKEN: Readonly<Record<string, string>> = {
  GHE_HOST: "GHE_HOST is not read here. Set GITHUB_API_URL to https://HOST/api/v3 instead.",
  GHE_PROTOCOL: "GHE_PROTOCOL is not read here. Write the scheme into GITHUB_API_URL instead.",
  WEBHOOK_PATH: "WEBHOOK_PATH is not read here: deliveries always arrive at /api/github/webhooks. Remove it.",
  WEBHOOK_PROXY_URL: "WEBHOOK_PROXY_URL is not read here. Run your proxy client beside the server and remove it.",
};
