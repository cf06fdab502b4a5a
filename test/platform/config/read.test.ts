import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  connectedFile,
  readConfig,
  readConnectedApp,
  SETTINGS,
  writeConnectedApp,
  type Environment,
} from "#platform/config";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs1", format: "pem" })
  .toString();
const smallRsa = generateKeyPairSync("rsa", { modulusLength: 1024 })
  .privateKey.export({ type: "pkcs1", format: "pem" })
  .toString();
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const locked = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();
const secret = "9f2c81d07be64a35b1d0e88f53a7c264";
const claimKey = "0123456789abcdef".repeat(4);

const root = mkdtempSync(join(tmpdir(), "countersign-config-"));
afterAll(() => rmSync(root, { recursive: true }));
let n = 0;
const emptyDir = (): string => {
  const dir = join(root, String((n += 1)));
  mkdirSync(dir);
  return dir;
};
const keyFile = join(root, "app.pem");
writeFileSync(keyFile, rsa);

const real: Environment = { APP_ID: "4242", PRIVATE_KEY: rsa, WEBHOOK_SECRET: secret, DATA_DIR: emptyDir() };
const tokenFile = join(root, "token");
writeFileSync(tokenFile, "hvs.anything", { mode: 0o600 });
const openFile = join(root, "open-token");
writeFileSync(openFile, "hvs.anything", { mode: 0o644 });
const vault: Environment = { KMS: "vault", VAULT_ADDR: "https://vault.example.com:8200", VAULT_TOKEN_FILE: tokenFile };
const hsm: Environment = {
  KMS: "pkcs11",
  PKCS11_MODULE: "/usr/lib/softhsm/libsofthsm2.so",
  PKCS11_LABEL: "countersign",
  PKCS11_PIN_FILE: tokenFile,
};
const problemsOf = (env: Environment, wanted?: "start" | "serve" | "demo"): readonly string[] => {
  const config = readConfig({ DATA_DIR: real["DATA_DIR"], ...env }, wanted);
  return config.kind === "invalid" ? config.problems : [];
};

describe("what is chosen", () => {
  test("nothing configured: `start` is the demo, in a directory of its own", () => {
    const dir = emptyDir();
    expect(readConfig({ DATA_DIR: dir })).toMatchObject({
      kind: "demo",
      directory: join(dir, "demo"),
      http: { host: "127.0.0.1", port: 3000 },
    });
  });
  test("an App configured: `start` is the real thing, in the other directory", () => {
    expect(readConfig(real)).toMatchObject({
      kind: "serve",
      production: false,
      github: { kind: "app", appId: 4242, webhookSecret: secret, apiUrl: "https://api.github.com" },
      database: { kind: "embedded" },
    });
    expect(readConfig(real)).toMatchObject({ directory: join(real["DATA_DIR"] ?? "", "live") });
  });
  test("`serve` without an App waits for Connect GitHub", () => {
    expect(readConfig({ DATA_DIR: emptyDir() }, "serve")).toMatchObject({
      kind: "serve",
      github: { kind: "unconnected" },
    });
  });
  test("an App connected in the data directory: `start` is the real thing", () => {
    const dir = emptyDir();
    writeConnectedApp(dir, {
      appId: 7,
      slug: "countersign-acme",
      privateKey: rsa,
      webhookSecret: secret,
      apiUrl: "https://api.github.com",
    });
    expect(readConfig({ DATA_DIR: dir })).toMatchObject({
      kind: "serve",
      github: { kind: "app", appId: 7, webhookSecret: secret },
    });
  });
  test("empty values count as absent, as compose files and CI write them", () => {
    expect(readConfig({ DATA_DIR: emptyDir(), APP_ID: "", DATABASE_URL: " ", WEBHOOK_SECRET: "" })).toMatchObject({
      kind: "demo",
    });
  });
  test("a key's file, escaped line breaks and base64 give the same key", () => {
    const keyOf = (env: Environment) => {
      const config = readConfig({ APP_ID: "1", WEBHOOK_SECRET: secret, DATA_DIR: emptyDir(), ...env });
      return config.kind === "serve" && config.github.kind === "app" ? config.github.privateKey : config;
    };
    const plain = keyOf({ PRIVATE_KEY: rsa });
    expect(plain).toContain("BEGIN PRIVATE KEY");
    expect(keyOf({ PRIVATE_KEY_PATH: keyFile })).toBe(plain);
    expect(keyOf({ PRIVATE_KEY: rsa.replaceAll("\n", "\\n") })).toBe(plain);
    expect(keyOf({ PRIVATE_KEY: Buffer.from(rsa).toString("base64") })).toBe(plain);
  });
  test("GitHub Enterprise, with the trailing slash people write", () => {
    expect(readConfig({ ...real, GITHUB_API_URL: "https://ghe.example.com/api/v3/" })).toMatchObject({
      github: { apiUrl: "https://ghe.example.com/api/v3" },
    });
  });
  test("Vault, by a token file and by an AppRole", () => {
    expect(readConfig({ ...real, ...vault, VAULT_TRANSIT_MOUNT: "/team/transit/" })).toMatchObject({
      keyStore: {
        kind: "vault",
        address: "https://vault.example.com:8200",
        namespace: null,
        transitMount: "team/transit",
        login: { kind: "token_file", path: tokenFile },
      },
    });
    const role = { VAULT_TOKEN_FILE: "", VAULT_ROLE_ID: "role", VAULT_SECRET_ID_FILE: tokenFile };
    expect(readConfig({ ...real, ...vault, ...role })).toMatchObject({
      keyStore: { login: { kind: "app_role", mount: "approle", roleId: "role", secretIdFile: tokenFile } },
    });
  });
  test("keys in AWS KMS", () => {
    expect(readConfig({ ...real, KMS: "aws", AWS_REGION: "eu-central-1" })).toMatchObject({
      keyStore: { kind: "aws", region: "eu-central-1", endpoint: null },
    });
  });
  test("keys in an HSM, by its token's label or slot", () => {
    expect(readConfig({ ...real, ...hsm })).toMatchObject({
      keyStore: { kind: "pkcs11", module: hsm["PKCS11_MODULE"], token: { kind: "label", label: "countersign" } },
    });
    expect(readConfig({ ...real, ...hsm, PKCS11_LABEL: "", PKCS11_SLOT: "7" })).toMatchObject({
      keyStore: { token: { kind: "slot", slot: 7 }, pinFile: tokenFile },
    });
  });
  test("without KMS=vault, what other programs want of Vault means nothing here", () => {
    const others = { VAULT_ADDR: "x", VAULT_TOKEN: "y", VAULT_NAMESPACE: "z z" };
    expect(readConfig({ ...real, ...others })).toMatchObject({ keyStore: { kind: "file" } });
  });
  test("an own database", () => {
    const url = "postgres://countersign_server:pw@db.example.com/countersign";
    expect(readConfig({ ...real, NODE_ENV: "production", DATABASE_URL: url, CLAIM_KEY: claimKey })).toMatchObject({
      production: true,
      database: { kind: "url", url, adminUrl: null, sequencerUrl: null, verifierUrl: null, claimKey },
    });
  });
});

test("where traces go, and how, says nothing about whose they are: the demo stays the demo", () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example.com",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=x",
  };
  expect(readConfig(env)).toMatchObject({ kind: "demo", secrets: expect.arrayContaining(["authorization=x"]) });
});

describe("what the environment says about agents", () => {
  test.each<[string, Environment, { killed: boolean; explain: boolean }]>([
    ["nothing", {}, { killed: false, explain: false }],
    [
      "empty values, which are none",
      { COUNTERSIGN_KILL_SWITCH: "", COUNTERSIGN_EXPLAIN_MODE: " " },
      { killed: false, explain: false },
    ],
    ["X2: stop", { COUNTERSIGN_KILL_SWITCH: "1" }, { killed: true, explain: false }],
    [
      "X10: only explain",
      { COUNTERSIGN_EXPLAIN_MODE: "1", COUNTERSIGN_KILL_SWITCH: "0" },
      { killed: false, explain: true },
    ],
  ])("%s", (_case, env, controls) => {
    expect(readConfig({ ...real, ...env })).toMatchObject({ controls });
    expect(readConfig(env, "demo")).toMatchObject({ controls });
  });
});

const badValues: readonly (readonly [string, Environment, string])[] = [
  ["an App id that is a name", { APP_ID: "countersign" }, "APP_ID must be the App's number"],
  ["an App id of zero", { APP_ID: "0" }, "APP_ID must be the App's number"],
  ["Probot's default secret", { WEBHOOK_SECRET: "development" }, "WEBHOOK_SECRET is the default that everybody knows"],
  ["Probot's default secret, in capitals", { WEBHOOK_SECRET: " Development " }, "the default that everybody knows"],
  [
    "the default secret, repeated until it is long",
    { WEBHOOK_SECRET: "developmentdevelopmentdevelopment" },
    "made of common words",
  ],
  ["a secret of common words", { WEBHOOK_SECRET: "my-github-webhook-secret" }, "made of common words"],
  ["a secret of one character", { WEBHOOK_SECRET: "a".repeat(40) }, "repeated characters"],
  ["a short secret", { WEBHOOK_SECRET: "9f2c81d07be64a3" }, "shorter than 20 characters"],
  ["a secret with a line break at its end", { WEBHOOK_SECRET: `${secret}\n` }, "white space"],
  ["a key that is no key", { PRIVATE_KEY: "hello" }, "PRIVATE_KEY holds no private key"],
  ["a key that was cut off", { PRIVATE_KEY: rsa.slice(0, 600) }, "cut off or damaged"],
  ["an elliptic key", { PRIVATE_KEY: elliptic }, "not an RSA key"],
  ["a small key", { PRIVATE_KEY: smallRsa }, "fewer than 2048 bits"],
  ["a key with a passphrase", { PRIVATE_KEY: locked }, "passphrase"],
  ["two keys", { PRIVATE_KEY_PATH: keyFile }, "Keep one"],
  [
    "a key file that is not there",
    { PRIVATE_KEY: "", PRIVATE_KEY_PATH: "/nowhere/app.pem" },
    "cannot be read (/nowhere/app.pem)",
  ],
  [
    "an App without its key and secret",
    { PRIVATE_KEY: "", WEBHOOK_SECRET: "" },
    "WEBHOOK_SECRET and PRIVATE_KEY or PRIVATE_KEY_PATH missing",
  ],
  ["Microsoft Graph with its version", { GRAPH_API_URL: "https://graph.microsoft.us/v1.0" }, "without /v1.0"],
  ["Slack over plain http", { SLACK_API_URL: "http://slack.example/api" }, "must begin with https://"],
  ["the web site for the API", { GITHUB_API_URL: "https://github.com" }, "web site, not its API"],
  ["an API over plain http", { GITHUB_API_URL: "http://ghe.example.com/api/v3" }, "must begin with https://"],
  ["an API that is no address", { GITHUB_API_URL: "ghe.example.com" }, "is not a web address"],
  [
    "an API with a password",
    { GITHUB_API_URL: "https://me:pw@ghe.example.com/api/v3" },
    "must not contain a user name",
  ],
  ["Probot's setting for GitHub Enterprise", { GHE_HOST: "ghe.example.com" }, "Set GITHUB_API_URL"],
  ["another kind of database", { DATABASE_URL: "mysql://a@b/c", CLAIM_KEY: claimKey }, "is not a PostgreSQL address"],
  [
    "a database address without a login",
    { DATABASE_URL: "postgres://db/countersign", CLAIM_KEY: claimKey },
    "names no login",
  ],
  [
    "a database address without a database",
    { DATABASE_URL: "postgres://a@db", CLAIM_KEY: claimKey },
    "names no database",
  ],
  ["an own database without a claim key", { DATABASE_URL: "postgres://a:b@db/c" }, "CLAIM_KEY is missing"],
  [
    "a claim key that is a word",
    { DATABASE_URL: "postgres://a:b@db/c", CLAIM_KEY: "secret" },
    "64 lower-case hexadecimal digits",
  ],
  ["a claim key of zeros", { DATABASE_URL: "postgres://a:b@db/c", CLAIM_KEY: "0".repeat(64) }, "not random"],
  [
    "one login for both",
    { DATABASE_URL: "postgres://a:b@db/c", DATABASE_ADMIN_URL: "postgres://a:b@db/c", CLAIM_KEY: claimKey },
    "use two logins",
  ],
  ["an administrator's login alone", { DATABASE_ADMIN_URL: "postgres://a:b@db/c" }, "but DATABASE_URL is missing"],
  ["a claim key alone", { CLAIM_KEY: claimKey }, "remove CLAIM_KEY"],
  ["production without a database", { NODE_ENV: "production" }, "Set DATABASE_URL and run `countersign migrate`"],
  ["a port that is a word", { PORT: "http" }, "PORT must be a number"],
  ["a port that is too large", { PORT: "65536" }, "PORT must be a number"],
  ["a host with a scheme", { HOST: "http://0.0.0.0" }, "without scheme or port"],
  [
    "a kill switch that says neither yes nor no",
    { COUNTERSIGN_KILL_SWITCH: "on" },
    "COUNTERSIGN_KILL_SWITCH must be 1",
  ],
  ["an explain mode that says neither", { COUNTERSIGN_EXPLAIN_MODE: "true" }, "COUNTERSIGN_EXPLAIN_MODE must be 1"],
  ["a log level that does not exist", { LOG_LEVEL: "loud" }, "LOG_LEVEL must be one of"],
  [
    "a public address over plain http",
    { PUBLIC_URL: "http://countersign.example.com" },
    "PUBLIC_URL must begin with https://",
  ],
  ["a key store that there is not", { KMS: "drawer" }, "KMS must be file, vault"],
  ["AWS without a region", { KMS: "aws" }, "AWS_REGION is missing"],
  ["a region that is none", { KMS: "aws", AWS_REGION: "Frankfurt" }, "AWS_REGION must be a region"],
  [
    "an endpoint over plain http",
    { KMS: "aws", AWS_REGION: "eu-central-1", AWS_KMS_ENDPOINT: "http://kms.example.com" },
    "must begin with https://",
  ],
  ["an HSM without its library", { ...hsm, PKCS11_MODULE: "" }, "PKCS11_MODULE is missing"],
  ["an HSM, and no token", { ...hsm, PKCS11_LABEL: "" }, "set PKCS11_LABEL"],
  ["an HSM, and two tokens", { ...hsm, PKCS11_SLOT: "1" }, "and not both"],
  ["a slot that is no number", { ...hsm, PKCS11_LABEL: "", PKCS11_SLOT: "one" }, "PKCS11_SLOT must be"],
  ["an HSM without a PIN", { ...hsm, PKCS11_PIN_FILE: "" }, "PKCS11_PIN_FILE is missing"],
  ["a PIN in the environment", { ...hsm, PKCS11_PIN_FILE: "", PKCS11_PIN: "1234" }, "PKCS11_PIN is not read here"],
  ["a PIN that everybody reads", { ...hsm, PKCS11_PIN_FILE: openFile }, `chmod o= ${openFile}`],
  ["Vault and a directory for keys", { ...vault, KEYS_DIR: "/keys" }, "Keys live in one place"],
  ["Vault without its address", { ...vault, VAULT_ADDR: "" }, "VAULT_ADDR is missing"],
  ["Vault over plain http", { ...vault, VAULT_ADDR: "http://vault.example.com:8200" }, "must begin with https://"],
  ["the address of Vault's API", { ...vault, VAULT_ADDR: "https://vault.example.com/v1/" }, "without /v1"],
  ["a mount that climbs", { ...vault, VAULT_TRANSIT_MOUNT: "../sys" }, "VAULT_TRANSIT_MOUNT must be a path in Vault"],
  ["a namespace with a blank", { ...vault, VAULT_NAMESPACE: "a b" }, "VAULT_NAMESPACE must be a path in Vault"],
  ["Vault, and nobody who asks", { ...vault, VAULT_TOKEN_FILE: "" }, "nothing says who asks"],
  [
    "a token in the environment",
    { ...vault, VAULT_TOKEN_FILE: "", VAULT_TOKEN: "hvs.anything" },
    "VAULT_TOKEN is not read here",
  ],
  ["a token file that is not there", { ...vault, VAULT_TOKEN_FILE: "/nowhere/token" }, "(/nowhere/token)"],
  ["a token that everybody reads", { ...vault, VAULT_TOKEN_FILE: openFile }, `chmod o= ${openFile}`],
  ["a token file that is a directory", { ...vault, VAULT_TOKEN_FILE: emptyDir() }, "no file"],
  ["a token and an AppRole", { ...vault, VAULT_ROLE_ID: "role" }, "so that it is clear who asks"],
  [
    "half an AppRole",
    { ...vault, VAULT_TOKEN_FILE: "", VAULT_ROLE_ID: "role" },
    "incomplete: VAULT_SECRET_ID_FILE missing",
  ],
  [
    "the other half of an AppRole",
    { ...vault, VAULT_TOKEN_FILE: "", VAULT_SECRET_ID_FILE: tokenFile },
    "incomplete: VAULT_ROLE_ID missing",
  ],
  [
    "an AppRole's mount that is none",
    {
      ...vault,
      VAULT_TOKEN_FILE: "",
      VAULT_ROLE_ID: "role",
      VAULT_SECRET_ID_FILE: tokenFile,
      VAULT_APPROLE_MOUNT: "?",
    },
    "VAULT_APPROLE_MOUNT must be a path in Vault",
  ],
];

describe("each bad value has its sentence", () => {
  test.each(badValues)("%s", (_, env, sentence) => {
    expect(problemsOf({ ...real, ...env })).toEqual(expect.arrayContaining([expect.stringContaining(sentence)]));
  });
  test.each(badValues)("no sentence repeats a secret: %s", (_, env) => {
    const text = problemsOf({ ...real, ...env }).join("\n");
    for (const { name, secret: isSecret } of SETTINGS) {
      const value = env[name] ?? real[name] ?? "";
      if (isSecret && value.trim().toLowerCase() !== "development" && value.length > 6)
        expect(text).not.toContain(value.trim());
    }
  });
  test("all problems at once, not the first", () => {
    const problems = problemsOf({
      APP_ID: "x",
      WEBHOOK_SECRET: "development",
      PRIVATE_KEY: "y",
      PORT: "z",
      LOG_LEVEL: "loud",
      NODE_ENV: "production",
    });
    for (const name of ["APP_ID", "WEBHOOK_SECRET", "PRIVATE_KEY", "PORT", "LOG_LEVEL", "DATABASE_URL"])
      expect(problems.join("\n")).toContain(name);
  });
});

describe("the demo and the real thing never meet", () => {
  const realSettings = SETTINGS.filter((setting) => setting.real);
  test.each(realSettings.map(({ name }) => name))("the demo refuses to start while %s is set", (name) => {
    const problems = problemsOf({ [name]: real[name] ?? "anything", DATA_DIR: emptyDir() }, "demo");
    expect(problems.join()).toContain(`The demo does not start beside real settings (found ${name})`);
  });
  test("the demo refuses under NODE_ENV=production", () =>
    expect(problemsOf({ NODE_ENV: "production" }, "demo").join()).toContain("NODE_ENV=production"));
  test("the demo refuses while an App is connected", () => {
    const dir = emptyDir();
    writeConnectedApp(dir, {
      appId: 7,
      slug: "s",
      privateKey: rsa,
      webhookSecret: secret,
      apiUrl: "https://api.github.com",
    });
    expect(problemsOf({ DATA_DIR: dir }, "demo").join()).toContain("a connected GitHub App in");
  });
  test("a client that was onboarded without an App is real: no command looks at the demo instead", () => {
    const dir = emptyDir();
    mkdirSync(join(dir, "live", "postgres"), { recursive: true });
    expect(problemsOf({ DATA_DIR: dir }, "demo").join()).toContain("a database of real clients in");
    expect(readConfig({ DATA_DIR: dir }, "start").kind).toBe("serve");
  });
  test("even a damaged file of a connected App keeps the demo from starting", () => {
    const dir = emptyDir();
    mkdirSync(join(dir, "live"));
    writeFileSync(connectedFile(dir), "{");
    expect(problemsOf({ DATA_DIR: dir }, "demo")).toHaveLength(1);
    expect(problemsOf({ DATA_DIR: dir }, "start").join()).toContain("cannot be used");
  });
  test("the demo listens on this machine only", () =>
    expect(problemsOf({ HOST: "0.0.0.0", DATA_DIR: emptyDir() }, "demo").join()).toContain("on this machine only"));
  test("any real setting at all, valid or not, keeps `start` from becoming the demo", () => {
    const names = realSettings.map(({ name }) => name);
    fc.assert(
      fc.property(
        fc.subarray(names, { minLength: 1 }),
        fc.string({ minLength: 1 }).filter((text) => text.trim() !== ""),
        (chosen, text) => {
          const env = Object.fromEntries(
            chosen
              .map((name) => [name, text.replaceAll("\0", "")])
              .filter(([, value]) => value !== undefined && value.trim() !== ""),
          );
          fc.pre(Object.keys(env).length > 0);
          return readConfig({ ...env, DATA_DIR: real["DATA_DIR"] }).kind !== "demo";
        },
      ),
    );
  });
});

describe("the connected App's file", () => {
  test("belongs to its owner alone and reads back", () => {
    const dir = emptyDir();
    expect(readConnectedApp(dir)).toEqual({ kind: "none" });
    writeConnectedApp(dir, {
      appId: 7,
      slug: "s",
      privateKey: rsa,
      webhookSecret: secret,
      apiUrl: "https://api.github.com",
    });
    expect(readConnectedApp(dir)).toMatchObject({ kind: "app", app: { appId: 7, webhookSecret: secret } });
    expect(statSync(connectedFile(dir)).mode & 0o777).toBe(0o600);
  });
  test("a default secret is refused there, too", () => {
    const dir = emptyDir();
    writeConnectedApp(dir, {
      appId: 7,
      slug: "s",
      privateKey: rsa,
      webhookSecret: "development",
      apiUrl: "https://api.github.com",
    });
    expect(readConnectedApp(dir)).toMatchObject({ kind: "damaged" });
  });
  test("an App in the environment that is not the connected one is a problem, not a silent choice", () => {
    const dir = emptyDir();
    writeConnectedApp(dir, {
      appId: 7,
      slug: "s",
      privateKey: rsa,
      webhookSecret: secret,
      apiUrl: "https://api.github.com",
    });
    expect(problemsOf({ ...real, DATA_DIR: dir }).join()).toContain("belongs to App 7");
  });
});

test("docs/configuration.md has exactly the settings of the table", () => {
  const text = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows).toEqual(SETTINGS.map(({ name, what, fallback }) => `| \`${name}\` | ${what} | ${fallback} |`));
});
