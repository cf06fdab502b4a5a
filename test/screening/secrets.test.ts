import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { secretLintProfiler } from "@secretlint/profiler";
import { createScreening } from "#screening/io";

const screening = createScreening();
const b64 = (length: number): string => "aB3-x9QzR7".repeat(Math.ceil(length / 10)).slice(0, length);
const pem = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const screened = (text: string) => screening.screen([{ origin: "file", text }]);

describe("what is found, and taken out of what is passed on", () => {
  const kinds: readonly (readonly [string, string, string])[] = [
    ["an installation token of today, with dots", `ghs_4242_eyJ${b64(90)}.eyJ${b64(90)}.${b64(80)}`, b64(60)],
    ["a personal token", `ghp_${"A1b2C3d4E5".repeat(4).slice(0, 36)}`, "A1b2C3d4"],
    ["a webhook secret", `whsec_${b64(32)}`, b64(20)],
    ["a model vendor's key", `sk-proj-${b64(60)}`, b64(30)],
    ["another model vendor's key", `sk-ant-api03-${b64(80)}`, b64(30)],
    ["a bare JWT", `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0MiJ9.${b64(86)}`, b64(30)],
    ["a mail service's key", "re_Ab12Cd34_Q9w8E7r6T5y4U3i2O1p0", "Q9w8E7"],
    ["a Vault token", `hvs.${b64(90)}`, b64(30)],
    ["an age key", "AGE-SECRET-KEY-1Q2ZR7YXW9V3T5K8J4H6G0F2D1S9A7P3M5N8B6C4V2X0Z9L7K5", "Q2ZR7YXW"],
    ["an API key of ours", `csk_${b64(50)}`, b64(30)],
    ["a cloud's secret key", 'aws_secret_access_key = "q7Zt5Lw2Rk9Xv3Bn7Ms1Qd4Fg6Hj8Kl0Pw2Er5Ty"', "Rk9Xv3Bn"],
    ["a chat bot's token", "xoxb-1234567890123-1234567890123-Ab12Cd34Ef56Gh78Ij90Kl12", "Ab12Cd34"],
    ["a payment key", "sk_live_51H8xYzK2eZvKYlo2Cabcdefgh", "51H8xYzK"],
    ["a private key", pem, pem.split("\n")[1] ?? ""],
    ["the password of a connection string", "postgres://app:v9Kq2mZr@db.internal:5432/shop", "v9Kq2mZr"],
    ["a password in code", 'const password = "Tr0ub4dor&3x";', "Tr0ub4dor"],
    ["a password in YAML", "db:\n  password: Tr0ub4dor&3x\n", "Tr0ub4dor"],
    ["a password of the environment", "DB_PASSWORD_PROD=Tr0ub4dor&3x", "Tr0ub4dor"],
    ["a password in JSON", '{"user":"app","password":"Tr0ub4dor&3x"}', "Tr0ub4dor"],
    ["a password in JSON that is text in JSON", JSON.stringify({ log: '{"password":"Tr0ub4dor&3x"}' }), "Tr0ub4dor"],
    ["the same, once more", JSON.stringify(JSON.stringify({ log: '{"password": "Tr0ub4dor&3x"}' })), "Tr0ub4dor"],
    ["a header", "curl -H 'Authorization: Bearer q8Zt5Lw2Rk9Xv3Bn7Ms1' https://api.internal", "q8Zt5Lw2"],
  ];
  test.each(kinds)("%s", async (_, text, leak) => {
    const { scores, scrubbed } = await screened(`before\n${text}\nafter`);
    expect(scores.secrets).toBeGreaterThanOrEqual(50);
    expect(scrubbed.join("")).not.toContain(leak);
    expect(scrubbed.join("")).toMatch(/^before[^]*after$/);
  });
});

describe("written to get past", () => {
  const token = `ghp_${"A1b2C3d4E5".repeat(4).slice(0, 36)}`;
  const ways: readonly (readonly [string, string])[] = [
    ["with invisible letters inside", Array.from(token).join("\u200b")],
    [
      "in full-width letters",
      Array.from(token)
        .map((l) => String.fromCodePoint((l.codePointAt(0) ?? 0) + 0xfee0))
        .join(""),
    ],
    ["in base64", `see ${Buffer.from(`token is ${token}`).toString("base64")}`],
    ["in hexadecimal", Buffer.from(`token is ${token}`).toString("hex")],
    [
      "percent-encoded",
      Array.from(token)
        .map((l) => `%${(l.codePointAt(0) ?? 0).toString(16)}`)
        .join(""),
    ],
    ["beside a comment that would switch a scanner off", `// secretlint-disable\n${token}`],
    ["after 100 KB of nothing", `${"lorem ipsum ".repeat(9_000)}${token}`],
    ["across the edge of two pieces", `${"x ".repeat(32 * 1024 - 10)}${token}`],
  ];
  test.each(ways)("%s", async (_, text) => {
    const { scores, scrubbed } = await screened(text);
    expect(scores.secrets).toBeGreaterThanOrEqual(50);
    expect(scrubbed.join("").normalize("NFKC").replaceAll("\u200b", "")).not.toContain("A1b2C3d4E5A1b2");
  });
});

describe("what is none", () => {
  const texts: readonly (readonly [string, string])[] = [
    ["a name of a value", "const password = req.body.password; const token = await getToken(user);"],
    ["a setting that is read", 'password: process.env.DB_PASSWORD ?? "changeme"'],
    ["a placeholder", "postgres://user:password@localhost/db, and PASSWORD=<your password>, API_KEY=${API_KEY}"],
    ["a label", 'label: "Password", placeholder: "Your password", error: "Wrong password"'],
    ["a rule's name", '"@secretlint/secretlint-rule-preset-recommend": "13.0.7"'],
    ["a hash", "head 0123456789abcdef0123456789abcdef01234567, integrity sha512-aB3x9QzRaB3x9QzRaB3x9QzRaB3x9QzR=="],
    ["an id", "018f6f3e-7a9b-7c55-8f6e-0123456789ab"],
    ["a public key", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----"],
    ["a class of CSS", ".sk-folding-cube-with-a-long-name { color: red }"],
    ["a sentence", "Basic authentication is deprecated; use a bearer token for authorization: see the documentation."],
  ];
  test.each(texts)("%s", async (_, text) => {
    const { scores, scrubbed } = await screened(text);
    expect(scores.secrets).toBe(0);
    expect(scrubbed).toEqual([text]);
  });
});

test("a token is taken out wherever it stands in whatever text", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string(),
      fc.stringMatching(/^[a-z][A-Z][0-9][a-zA-Z0-9]{33}$/).filter((tail) => new Set(tail).size >= 10),
      fc.string(),
      async (before, tail, after) => {
        const { scores, scrubbed } = await screened(`${before} ghp_${tail} ${after}`);
        expect(scores.secrets).toBeGreaterThanOrEqual(50);
        expect(scrubbed.join("")).not.toContain(tail);
      },
    ),
    { numRuns: 50 },
  );
});

test("a server that reads texts for months keeps nothing of them, not even how long each took", async () => {
  await screened("nothing of interest");
  expect(secretLintProfiler.isEnabled).toBe(false);
  expect(await secretLintProfiler.getEntries()).toEqual([]);
});
