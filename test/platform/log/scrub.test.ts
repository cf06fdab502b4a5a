import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLog, createScrubber, SCRUBBED } from "#platform/log";
import { HOSTILE_UNITS, hostileLine } from "./hostile.ts";

const b64 = (length: number): string => "aB3-_x9QzR".repeat(Math.ceil(length / 10)).slice(0, length);
const longToken = `ghs_4242_eyJ${b64(180)}.eyJ${b64(180)}.${b64(150)}`;
const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs1", format: "pem" })
  .toString();

function logged(write: (log: ReturnType<typeof createLog>) => void, secrets: readonly string[] = []): string {
  const lines: string[] = [];
  write(createLog({ level: "trace", secrets, write: (line) => lines.push(line) }));
  return lines.join("");
}

const withMessage = (message: string, cause?: unknown): Error =>
  new Error(message, cause === undefined ? {} : { cause });

describe("the nine shapes in which path lists leak a token (tenancy.md, finding 12)", () => {
  const shapes: readonly (readonly [string, (log: ReturnType<typeof createLog>) => void])[] = [
    ["at the top", (log) => log.info({ token: longToken }, "m")],
    ["nested", (log) => log.info({ auth: { token: longToken } }, "m")],
    [
      "nested one deeper than expected",
      (log) => log.info({ request: { auth: { headers: { authorization: `token ${longToken}` } } } }, "m"),
    ],
    ["under a name in another case", (log) => log.info({ Authorization: `Bearer ${longToken}` }, "m")],
    [
      "in a URL inside an error's message",
      (log) => log.error({ err: withMessage(`clone https://x-access-token:${longToken}@github.com/a/b failed`) }, "m"),
    ],
    ["in the message itself", (log) => log.info(`using ${longToken}`)],
    ["in an array", (log) => log.info({ args: ["--token", longToken] }, "m")],
    ["in an error's cause", (log) => log.error({ err: withMessage("outer", withMessage(`inner ${longToken}`)) }, "m")],
    ["as JSON inside a string", (log) => log.info({ body: JSON.stringify({ token: longToken }) }, "m")],
  ];
  test.each(shapes)("%s", (_, write) => {
    const out = logged(write);
    expect(out).toContain(SCRUBBED);
    for (const part of longToken.split(".")) expect(out).not.toContain(part.slice(12));
    expect(() => void JSON.parse(out)).not.toThrow();
  });
});

describe("kinds of secrets", () => {
  const kinds: readonly (readonly [string, string, string])[] = [
    ["L11 an installation token of today, 520 characters with dots", longToken, b64(100)],
    ["an installation token of yesterday", `ghs_${"A1b2".repeat(9)}`, "A1b2A1b2"],
    ["a personal token", `ghp_${"A1b2".repeat(9)}`, "A1b2A1b2"],
    ["a fine-grained token", `github_pat_${"A1b2".repeat(20)}`, "A1b2A1b2"],
    ["a user-to-server token", `ghu_${"A1b2".repeat(9)}`, "A1b2A1b2"],
    ["an App's JWT", `eyJ${b64(40)}.eyJ${b64(80)}.${b64(300)}`, b64(60)],
    ["a private key", pem, pem.split("\n")[3] ?? ""],
    ["a private key, cut off", pem.slice(0, 400), pem.split("\n")[3] ?? ""],
    ["a bearer header", "authorization: Bearer opaque-0123456789", "opaque-0123456789"],
    ["a basic header", "Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"],
    ["a token header", 'authorization": "token abcdef0123456789abcdef"', "abcdef0123456789"],
    ["the password of a connection string", "postgres://app:hunter2secret@db/countersign", "hunter2secret"],
    ["the password of a keyword connection string", "host=db user=app password=hunter2secret", "hunter2secret"],
    ["an API key of ours", `csk_${b64(50)}`, b64(20)],
    ["an operator's key of ours", `cso_${b64(50)}`, b64(20)],
    ["a webhook secret", `whsec_${b64(32)}`, b64(20)],
    ["a mail service's key", `re_Ab12Cd34_${"A1b2".repeat(6)}`, "A1b2A1b2"],
    ["a chat bot's token", `xoxb-1234567890-${"A1b2".repeat(6)}`, "A1b2A1b2"],
    ["a chat app's token", `xapp-1-A0123-${"A1b2".repeat(6)}`, "A1b2A1b2"],
    ["a Vault token", `hvs.${b64(90)}`, b64(20)],
    ["an age key", `AGE-SECRET-KEY-1${"Q2ZR".repeat(14)}`, "Q2ZRQ2ZR"],
    ["a model vendor's key", `sk-ant-api03-${b64(80)}`, b64(20)],
    ["another model vendor's key", `sk-proj-${b64(80)}`, b64(20)],
    ["a directory's client secret", `abc8Q~${"A1b2".repeat(8)}xy`, "A1b2A1b2"],
    ["a payment key", `sk_live_${"A1b2".repeat(6)}`, "A1b2A1b2"],
    ["a package registry's token", `npm_${"A1b2".repeat(9)}`, "A1b2A1b2"],
    ["a key of a file's keeper, by its name", `DOTENV_PRIVATE_KEY_PRODUCTION="${"ab12".repeat(16)}"`, "ab12ab12"],
    ["a token in a query", `GET /x?access_token=${"A1b2".repeat(9)}&y=1`, "A1b2A1b2"],
    ["a client secret in a form", "grant_type=x&client_secret=hunter2secret&y=1", "hunter2secret"],
    ["a password in JSON", '{"user":"app","password":"hunter2secret"}', "hunter2secret"],
    ["a password with a quote in JSON", '{"dbPassword": "hunter2\\"secret"}', 'secret"'],
    ["a password of 600 characters in a URL", `postgres://app:${"h".repeat(600)}@db/app`, "h".repeat(60)],
    ["a password of 600 characters after a key", `password=${"h".repeat(600)}`, "h".repeat(60)],
    ["a tenant claim", `v2.018f6f3e-7a9b-7c55-8f6e-0123456789ab.1.1790000000.${"ab".repeat(32)}`, "ab".repeat(10)],
  ];
  test.each(kinds)("%s", (_, text, leak) => {
    expect(createScrubber([])(`before ${text} after`)).not.toContain(leak);
    expect(logged((log) => log.info({ deep: [{ text }] }, text))).not.toContain(leak);
  });
  test("a value this process knows is scrubbed in every spelling, whatever it looks like", () => {
    const odd = 'corr"ect horse\nbattery/staple';
    const scrub = createScrubber([odd]);
    for (const text of [odd, JSON.stringify(odd), encodeURIComponent(odd)])
      expect(scrub(`x ${text} y`)).not.toMatch(/horse|battery/);
  });
});

test("ordinary lines pass unchanged: SHAs, ids, URLs, sentences", () => {
  const scrub = createScrubber([]);
  const lines = [
    "head 0123456789abcdef0123456789abcdef01234567 of acme/app#12",
    "https://github.com/acme/app/pull/12?tab=files&page=2",
    "token expired; ask again",
    "delivery 018f6f3e-7a9b-7c55-8f6e-0123456789ab",
    "postgres://127.0.0.1:5432/countersign",
    '{"kind":"secret.set","names":["TOKEN","PASSWORD"],"keyId":"018f6f3e-7a9b-7c55-8f6e-0123456789ab"}',
    "audit.example.com+1a2b3c4d+AcnZ5nyYlmGrVN2i1k6BPQ3zfBZMxQMZ1tMrGmgrpPlz",
    "sha512-aB3x9QzRaB3x9QzRaB3x9QzRaB3x9QzR== acme/app@0123456789abcdef0123456789abcdef01234567",
  ];
  for (const line of lines) expect(scrub(line)).toBe(line);
});

test("scrubbing is idempotent, and never lets a token through wherever it stands", () => {
  const scrub = createScrubber([]);
  const token = fc.stringMatching(/^[A-Za-z0-9]{36,80}$/).map((tail) => ({ tail, whole: `ghs_${tail}` }));
  fc.assert(
    fc.property(fc.string(), token, fc.string(), (before, { tail, whole }, after) => {
      const once = scrub(`${before}${whole}${after}`);
      return !once.includes(tail) && scrub(once) === once;
    }),
  );
});

// How long it takes is held by bench/scrub.bench.ts: a clock in a test would measure the machine.
test.each(HOSTILE_UNITS)("L12 100 KB of %j come through, and the token at their end does not", (unit) => {
  const line = `${hostileLine(unit, 100_000)} ${longToken}`;
  expect(createScrubber(["0123456789abcdef"])(line)).not.toContain(b64(60));
});

test("of an error a line has type, message, code, stack and causes, and none of what libraries hang on it", () => {
  const cause = Object.assign(new Error("gone"), {
    code: "57P01",
    client: { secretKey: -191175421 },
    request: { headers: { cookie: "c" } },
  });
  const line = logged((log) => log.warn({ err: new TypeError("outer", { cause }) }, "m"));
  expect(JSON.parse(line)).toMatchObject({
    err: { type: "TypeError", message: "outer", cause: { message: "gone", code: "57P01" } },
  });
  expect(line).not.toMatch(/secretKey|191175421|cookie/);
});
