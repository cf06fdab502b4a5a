import { createPrivateKey } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { appId } from "#kernel";

/** Each value's parser; a refusal says what is wrong with the value and what to write instead, and never repeats a secret. */

const refuse = (context: z.RefinementCtx, message: string): never => {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
};

export const APP_ID = z.string().transform((text, context) => {
  const id = /^\d{1,15}$/.test(text.trim()) ? appId(Number(text)) : null;
  return id ?? refuse(context, "APP_ID must be the App's number. Copy \"App ID\" from the App's settings page.");
});

export const CLIENT_ID = z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, {
  error: 'GITHUB_CLIENT_ID is not a client id. Copy "Client ID" from the App\'s settings page.',
});
export const CLIENT_SECRET = z.string().regex(/^[A-Za-z0-9_-]{16,200}$/, {
  error: "GITHUB_CLIENT_SECRET is not a client secret. Make one on the App's settings page and copy it whole.",
});

/** Words that tutorials and tools use as a webhook secret; "development" is the one Probot falls back to. */
const WELL_KNOWN =
  /development|changeme|change-me|password|webhook|secret|probot|github|example|default|testing|test|12345678|countersign/g;
const SHORTEST_SECRET = 20;

export const WEBHOOK_SECRET = z.string().transform((text, context) => {
  const hint = "Make one with `openssl rand -hex 32` and set the same value on the App's settings page.";
  if (text.trim().toLowerCase() === "development") {
    return refuse(
      context,
      `WEBHOOK_SECRET is the default that everybody knows: anyone could forge deliveries. ${hint}`,
    );
  }
  if (text !== text.trim()) return refuse(context, "WEBHOOK_SECRET begins or ends with white space. Remove it.");
  if (text.length < SHORTEST_SECRET)
    return refuse(context, `WEBHOOK_SECRET is shorter than ${SHORTEST_SECRET} characters and can be guessed. ${hint}`);
  const unguessable = text.toLowerCase().replace(WELL_KNOWN, "");
  if (unguessable.length < 16 || new Set(unguessable).size < 8)
    return refuse(context, `WEBHOOK_SECRET is made of common words or repeated characters and can be guessed. ${hint}`);
  return text;
});

function pemOf(text: string): string {
  const unescaped = text.replace(/\\n/g, "\n").trim();
  return unescaped.includes("-----BEGIN") ? unescaped : Buffer.from(unescaped, "base64").toString("utf8").trim();
}

/** PEM in, PEM out (PKCS #8). `where` names the setting that the text came from. */
export const privateKey = (where: string) =>
  z.string().transform((text, context) => {
    const pem = pemOf(text);
    if (!pem.includes("PRIVATE KEY-----"))
      return refuse(
        context,
        `${where} holds no private key. Generate one on the App's settings page and give the .pem file's text.`,
      );
    if (pem.includes("ENCRYPTED"))
      return refuse(context, `${where} is encrypted with a passphrase. GitHub's own .pem file is not: use that.`);
    try {
      const key = createPrivateKey(pem);
      if (key.asymmetricKeyType !== "rsa")
        return refuse(context, `${where} is not an RSA key. Use the .pem file that GitHub generated for the App.`);
      if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
        return refuse(
          context,
          `${where} is an RSA key of fewer than 2048 bits. Generate a new one on the App's settings page.`,
        );
      return key.export({ type: "pkcs8", format: "pem" }).toString();
    } catch {
      return refuse(context, `${where} looks cut off or damaged. Copy the whole .pem file, from BEGIN to END.`);
    }
  });

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

function url(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

const webUrl = (name: string, example: string) =>
  z.string().transform((text, context) => {
    const parsed = url(text);
    if (parsed === null || !/^https?:$/.test(parsed.protocol))
      return refuse(context, `${name} is not a web address. Write it like ${example}.`);
    if (parsed.protocol === "http:" && !LOOPBACK.has(parsed.hostname))
      return refuse(context, `${name} must begin with https://. Plain http would show tokens to the network.`);
    if (parsed.username !== "" || parsed.password !== "")
      return refuse(context, `${name} must not contain a user name or password. Remove them.`);
    if (parsed.search !== "" || parsed.hash !== "")
      return refuse(context, `${name} must not contain ? or #. Write it like ${example}.`);
    return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
  });

export const GITHUB_API_URL = webUrl(
  "GITHUB_API_URL",
  "https://api.github.com or https://github.example.com/api/v3",
).refine((base) => !/^https:\/\/(?:www\.)?github\.com/.test(base), {
  message: "GITHUB_API_URL is GitHub's web site, not its API. For github.com leave it out.",
});

const issuerUrl = webUrl("AGENT_OAUTH_ISSUER", "https://login.example.com");
/** To the letter, a slash at its end included: tokens are compared with it. */
export const AGENT_OAUTH_ISSUER = z.string().transform((text, context) => {
  const read = issuerUrl.safeParse(text);
  return read.success
    ? text
    : refuse(context, read.error.issues[0]?.message ?? "AGENT_OAUTH_ISSUER is no web address.");
});
export const AGENT_OAUTH_AUDIENCE = webUrl("AGENT_OAUTH_AUDIENCE", "https://countersign.example.com/mcp");

export const OPA_URL = webUrl("OPA_URL", "https://opa.example.com/v1/data/countersign/decision");

export const VAULT_ADDR = webUrl("VAULT_ADDR", "https://vault.example.com:8200").refine(
  (base) => !base.endsWith("/v1"),
  {
    message: "VAULT_ADDR is Vault's address without /v1. Write it like https://vault.example.com:8200.",
  },
);

export const SLACK_API_URL = webUrl("SLACK_API_URL", "https://slack-gov.com/api");
export const GRAPH_API_URL = webUrl("GRAPH_API_URL", "https://graph.microsoft.us").refine(
  (base) => !/\/(?:v1\.0|beta)$/.test(base),
  { message: "GRAPH_API_URL is Microsoft Graph's address without /v1.0. Write it like https://graph.microsoft.us." },
);
export const GRAPH_LOGIN_URL = webUrl("GRAPH_LOGIN_URL", "https://login.microsoftonline.us");

export const KMS = z.enum(["file", "vault", "pkcs11", "aws"], {
  message: "KMS must be file, vault (HashiCorp Vault, or OpenBao), pkcs11 (an HSM) or aws (AWS KMS).",
});

export const AWS_REGION = z.string().regex(/^[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/, {
  message: "AWS_REGION must be a region such as eu-central-1.",
});
export const AWS_KMS_ENDPOINT = webUrl("AWS_KMS_ENDPOINT", "https://vpce-0123.kms.eu-central-1.vpce.amazonaws.com");

export const PKCS11_SLOT = z
  .string()
  .regex(/^\d{1,10}$/, {
    message: "PKCS11_SLOT must be the token's slot, a number. PKCS11_LABEL is easier to get right.",
  })
  .transform(Number);
export const PKCS11_LABEL = z.string().regex(/^[\x20-\x7e]{1,32}$/, {
  message: "PKCS11_LABEL must be the token's label: 1 to 32 characters.",
});

/** Of an engine, a login method or a namespace: parts of letters, digits, - and _, with / between them. */
export const vaultMount = (name: string) =>
  z
    .string()
    .regex(/^\/?[A-Za-z0-9_-]{1,64}(?:\/[A-Za-z0-9_-]{1,64}){0,7}\/?$/, {
      message: `${name} must be a path in Vault such as transit or team/transit: letters, digits, - and _ with / between.`,
    })
    .transform((path) => path.replace(/^\/|\/$/g, ""));

export const VAULT_ROLE_ID = z.string().regex(/^[\x21-\x7e]{1,4096}$/, {
  message: "VAULT_ROLE_ID must be the AppRole's role id: `vault read auth/approle/role/NAME/role-id` prints it.",
});

export const PUBLIC_URL = webUrl("PUBLIC_URL", "https://countersign.example.com");

export const DOER_URL = webUrl("DOER_URL", "https://doer.example.com:8443");
export const DOER_LISTEN = z.string().transform((text, context) => {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253}):(\d{1,5})$/.exec(text) ?? [];
  return host === undefined || Number(port) > 65_535
    ? refuse(context, "DOER_LISTEN is an address and a port: 127.0.0.1:8443, or 0.0.0.0:8443 behind a proxy with TLS.")
    : { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
});

export const databaseUrl = (name: string) =>
  z.string().transform((text, context) => {
    // Not with LOGIN:PASSWORD@ in it: what is printed is scrubbed of everything that looks like a credential, examples too.
    const example = "postgres://HOST:5432/DATABASE, with login, colon, password and @ before HOST";
    const parsed = url(text);
    if (parsed === null || !/^postgres(?:ql)?:$/.test(parsed.protocol))
      return refuse(context, `${name} is not a PostgreSQL address. Write it like ${example}.`);
    if (parsed.username === "") return refuse(context, `${name} names no login. Write it like ${example}.`);
    if (parsed.pathname.length < 2) return refuse(context, `${name} names no database. Write it like ${example}.`);
    return text;
  });

export const CLAIM_KEY = z
  .string()
  .regex(/^[0-9a-f]{64}$/, {
    message:
      "CLAIM_KEY must be 64 lower-case hexadecimal digits. Make one with `openssl rand -hex 32` and give the same one to `countersign migrate` and to the server.",
  })
  .refine((key) => new Set(key).size >= 8, {
    message: "CLAIM_KEY is not random. Make one with `openssl rand -hex 32`.",
  });

export const PORT = z.string().transform((text, context) => {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : refuse(context, "PORT must be a number from 0 to 65535. Leave it out for 3000.");
});

export const BACKUP_DAYS = z.string().transform((text, context) => {
  const days = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return days <= 36_500 ? days : refuse(context, "BACKUP_DAYS must be a number of days, such as 30.");
});

export const HOST = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, {
  message: "HOST must be an address or host name without scheme or port, such as 127.0.0.1 or 0.0.0.0.",
});

export const DATA_DIR = z.string().refine((path) => !path.includes("\0"), { message: "DATA_DIR is not a path." });

/** The name of a log: what a signed note can carry as an origin, without scheme (c2sp.org/tlog-checkpoint). */
export const AUDIT_ORIGIN = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?:\/[a-z0-9._-]{1,64}){0,4}$/, {
  message:
    "AUDIT_ORIGIN must be a host name of yours, perhaps with a path, without scheme: audit.example.com. It need not answer.",
});

export const TSA_URL = z.string().refine((text) => /^https?:$/.test(url(text)?.protocol ?? ""), {
  message:
    "TSA_URL is not a web address. Write it like http://timestamp.example.com (plain http is usual: tokens are signed).",
});

/** The base address; traces go to `/v1/traces` below it (OpenTelemetry's specification of OTLP exporters). */
export const OTLP_ENDPOINT = z
  .string()
  .refine((text) => /^https?:$/.test(url(text)?.protocol ?? "") && (url(text)?.password ?? "") === "", {
    message:
      "OTEL_EXPORTER_OTLP_ENDPOINT must be a web address without a password: https://collector.example.com:4318. Credentials belong into OTEL_EXPORTER_OTLP_HEADERS.",
  })
  .transform((text) => `${text.trim().replace(/\/+$/, "")}/v1/traces`);

export const OTLP_HEADERS = z.string().transform((text, context): Readonly<Record<string, string>> => {
  const headers = text.split(",").map((pair) => /^\s*([A-Za-z0-9-]{1,64})=([^\s]{1,4096})\s*$/.exec(pair));
  try {
    return Object.fromEntries(
      headers.map((match) => {
        const [, name, value] = match ?? [];
        if (name === undefined || value === undefined) throw new TypeError("no header");
        return [name, decodeURIComponent(value)] as const;
      }),
    );
  } catch {
    return refuse(
      context,
      "OTEL_EXPORTER_OTLP_HEADERS must be name=value, several with commas, values percent-encoded: Authorization=Basic%20abc.",
    );
  }
});

export const AUDIT_ANCHOR_GIT = z
  .string()
  .refine((text) => !text.startsWith("-") && !text.includes("::") && !/[\s\0]/.test(text), {
    message:
      "AUDIT_ANCHOR_GIT must be what `git clone` takes: git@github.com:example/checkpoints.git, https://..., or a path.",
  })
  .refine((text) => (url(text)?.password ?? "") === "", {
    message: "AUDIT_ANCHOR_GIT must not contain a password. Use a deploy key (ssh) or a credential helper.",
  });

export const path = (name: string) =>
  z
    .string()
    .refine((given) => !given.includes("\0"), { message: `${name} is not a path.` })
    .transform((given) => resolve(given));

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export const LOG_LEVEL = z.enum(LOG_LEVELS, { message: `LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}.` });
export type LogLevel = z.infer<typeof LOG_LEVEL>;

export const TENANT_REST_DAYS = z.string().transform((text, context) => {
  const days = /^\d{1,4}$/.test(text.trim()) ? Number(text) : -1;
  return days >= 0 && days <= 3650 ? days : refuse(context, "TENANT_REST_DAYS must be a number of days, 0 to 3650.");
});

/** Nothing between yes and no: a word that was meant to stop everything must not be read as "go on". */
export const flag = (name: string) =>
  z.enum(["0", "1"], { message: `${name} must be 1 (yes) or 0 (no).` }).transform((given) => given === "1");
