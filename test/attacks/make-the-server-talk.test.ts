// An outsider who sends whatever can be sent to every route there is, also while the database is away, and reads the answers for anything
// that helps: a statement, a table, a path of the machine, a stack, a library, a tenant's name or id. All of it is asked of the real routes.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { createConsole } from "#console";
import { EPOCHS } from "#audit";
import { createReading, newestNote, provenUnderWitnesses, readLeaves, readTile, tenantFile } from "#audit/io";
import { createConnect, createInbox } from "#github";
import { appId } from "#kernel";
import { issueKey } from "#identity/io";
import { createHttpApp, type HttpApp } from "#platform/http";
import { enqueue } from "#platform/jobs";
import { createLog } from "#platform/log";
import { createDatabase, type Database } from "#platform/postgres";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { sequencing } from "../support/sequencing.ts";
import { SECRET, signature } from "../github/support/sign.ts";

const t = await testDatabase();
const log = sequencing(t);
const app = appId(4242) ?? expect.unreachable();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acmecorporation", 4711);
  await t.db.withTenant(acme.claim, (tx) => t.append(tx, sampleEntry("our secret plan")));
  await log.epoch();
});

const lines: string[] = [];
/** As the server has it, and Connect GitHub beside it. */
function serverOn(db: Database): HttpApp {
  const http = createHttpApp({
    log: createLog({ level: "info", secrets: [], write: (line) => lines.push(line) }),
    notReady: () => db.withPlatform(async () => null),
  });
  http.route("/", createInbox({ db, enqueue, append: t.append, spool: t.spool, appId: app, secrets: [SECRET], host: "github.com" }));
  http.route(
    "/",
    createConsole({
      db,
      append: t.append,
      reading: createReading(t.audit),
      trees: { checkpoint: newestNote, tile: readTile, epochs: (tx, from, count) => readLeaves(tx, EPOCHS, from, count), file: tenantFile },
      prove: provenUnderWitnesses,
      verify: async () => {
        throw new Error("select secret from gate.review at /srv/countersign/src/verify.ts");
      },
      publicUrl: "https://countersign.example",
      witnesses: null,
      clock: Date.now,
    }),
  );
  const pages = createConnect({
    publicUrl: "https://countersign.example",
    apiUrl: "https://api.github.com",
    setupToken: "0".repeat(43),
    isConfigured: () => false,
    save: () => "/srv/countersign/.data/live/app.json",
    clock: Date.now,
    fetch: async () => {
      throw new Error("no network in /srv/countersign");
    },
  });
  http.all("/connect", (c) => pages.fetch(c.req.raw));
  http.all("/connect/*", (c) => pages.fetch(c.req.raw));
  return http;
} // prettier-ignore

const away = createDatabase({
  url: "postgres://app:hunter2secret@127.0.0.1:1/countersign_database",
  claimKey: t.claimKey,
});
afterAll(() => away.close());
const states: readonly (readonly [string, HttpApp])[] = [
  ["as it is", serverOn(t.db)],
  ["while the database is away", serverOn(away)],
];

/** What no answer may hold: SQL and its names, paths, stacks, libraries, codes of PostgreSQL and sockets, the tenant, what it wrote. */
const TELLS = [
  /\b(?:select|insert into|update|delete from|from|join)\b[^.]{0,40}\b(?:audit|gate|platform|inbox|identity|keys|tenants?)\./i,
  /\b(?:audit|gate|platform|inbox|identity|keys)\.[a-z_]+\b/,
  /SQLSTATE|postgres|pg_|relation "|syntax error|violates|permission denied|row-level/i,
  /ECONN|127\.0\.0\.1:1\b|hunter2|countersign_database|countersign_app/,
  /\/(?:srv|work|home|usr|tmp|root|etc|app|data)\/|node_modules|\.ts\b|node:/,
  /\bat (?:async )?[\w.<>]+ \(|Error:|ZodError|TypeError|stack/,
  /acmecorporation|our secret plan/i,
];

const SEGMENTS = [
  "x", "..", "%2e%2e", "%00", "%ff", "null", "undefined", "0", "-1", "99999999999999999999", "'", "' or 1=1 --", "\";select 1", "${x}", "{{x}}",
  "../../etc/passwd", "a".repeat(5_000), "\u202e", "ä", "000.p/1", "x000/x000/000", "tile", "01ff0000-0000-7000-8000-000000000000", "%",
]; // prettier-ignore
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { authorization: "Bearer csk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
  { authorization: "Bearer ' or 1=1 --" },
  { authorization: "Basic YTpi" },
  { "x-github-delivery": "../../x", "x-github-event": "push", "x-hub-signature-256": "sha256=00" },
  { "content-type": "application/json", "content-length": "99999999999" },
  { accept: "text/html", "accept-encoding": "x", range: "bytes=-1" },
  { cookie: "connect=x; __proto__=x", "x-forwarded-host": "evil.example" },
];
const BODIES = [
  "",
  "{",
  "[]",
  "null",
  '{"__proto__":{}}',
  '{"installation":{"id":"x"}}',
  "a=b&a=c",
  "\u0000",
  "[".repeat(2_000),
];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"];

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function told(server: HttpApp, { method, path, headers, body }: Sent): Promise<readonly string[]> {
  const request = URL.canParse(path, "http://h")
    ? new Request(new URL(path, "http://h"), {
        method: method === "TRACE" ? "PURGE" : method,
        headers: { ...headers },
        ...(method === "GET" || method === "HEAD" || body === "" ? {} : { body }),
      })
    : null;
  if (request === null) return [];
  const response = await server.fetch(request);
  const said = `${JSON.stringify([...response.headers])}\n${await response.text()}`
    .replaceAll(path, "")
    .replaceAll(decodeURI(new URL(request.url).pathname.replaceAll("%", "%25")), "");
  const problems = TELLS.filter((tell) => tell.test(said)).map(
    (tell) => `${method} ${path.slice(0, 80)}: ${tell.source.slice(0, 40)} in ${said.slice(0, 400)}`,
  );
  const type = response.headers.get("content-type") ?? "";
  const wants =
    response.status >= 400 && method !== "HEAD" && !path.startsWith("/connect") && !path.startsWith("/readyz");
  // Whoever comes with a browser has the same, as a page.
  const asPage = method === "GET" && (headers["accept"] ?? "").includes("text/html") && type.startsWith("text/html");
  if (wants && type !== "application/problem+json" && !asPage)
    problems.push(`${method} ${path.slice(0, 80)}: ${response.status} is no problem document (${type})`);
  return problems;
}

describe.each(states)("D19 the server %s, asked by an outsider", (_, server) => {
  const routes = [...new Set(server.routes.map(({ path }) => path))].filter((path) => path !== "/*");

  it("its routes are all here", () => {
    for (const path of [
      "/api/github/webhooks",
      "/audit/entries",
      "/audit/proof/:id",
      "/audit/verify",
      "/audit/key/rotate",
      "/healthz",
      "/readyz",
      "/connect",
    ])
      expect(routes).toContain(path);
  });

  it("tells nothing on any of them, whatever is put in its places", async () => {
    const problems: string[] = [];
    for (const route of routes)
      for (const segment of SEGMENTS) {
        const path = route.replaceAll(/:[a-z]+(?:\{[^}]*\})?|\*/g, () => segment);
        for (const query of [
          "",
          `?limit=${segment}&cursor=${segment}&since=${segment}&kind=${segment}`,
          `?token=${segment}&state=${segment}&code=${segment}`,
        ])
          for (const method of ["GET", "POST"])
            problems.push(
              ...(await told(server, {
                method,
                path: `${path}${query}`,
                headers: HEADERS[segment.length % HEADERS.length] ?? {},
                body: BODIES[segment.length % BODIES.length] ?? "",
              })),
            );
      }
    expect(problems).toEqual([]);
  });

  it("nor on requests that nobody thought of", async () => {
    const sent = fc.record({
      method: fc.constantFrom(...METHODS),
      path: fc
        .tuple(fc.constantFrom(...routes), fc.constantFrom(...SEGMENTS), fc.string({ maxLength: 30 }))
        .map(
          ([route, segment, query]) =>
            `${route.replaceAll(/:[a-z]+(?:\{[^}]*\})?|\*/g, () => segment)}?${encodeURIComponent(query)}=${encodeURIComponent(query)}`,
        ),
      headers: fc.constantFrom(...HEADERS),
      body: fc.oneof(fc.constantFrom(...BODIES), fc.string({ maxLength: 50 })),
    });
    await fc.assert(
      fc.asyncProperty(sent, async (each) => {
        expect(await told(server, each)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it("nor to GitHub, for a delivery that is signed and makes no sense", async () => {
    for (const body of [
      ...BODIES,
      '{"installation":{"id":4711},"action":{"x":1}}',
      `{"installation":{"id":${"9".repeat(30)}}}`,
    ])
      expect(
        await told(server, {
          method: "POST",
          path: "/api/github/webhooks",
          headers: {
            "x-github-delivery": "d-1",
            "x-github-event": "push",
            "x-hub-signature-256": signature(body),
            "content-type": "application/json",
          },
          body,
        }),
      ).toEqual([]);
  });
});

describe("D19 and to a tenant with a key, while something breaks inside", () => {
  it("a fault of ours is a code and an id; the log has the rest", async () => {
    const made = await issueKey(t.operator, {
      tenant: acme.id,
      name: "a",
      capabilities: ["audit.read"],
      days: 1,
      by: { initiator: { type: "operator", id: "ada" }, requestId: "r" },
    });
    lines.length = 0;
    const [, server] = states[0] ?? expect.unreachable();
    expect(
      await told(server, {
        method: "GET",
        path: "/audit/verify",
        headers: { authorization: `Bearer ${made?.text}` },
        body: "",
      }),
    ).toEqual([]);
    expect(lines.join("")).toContain("gate.review");
  });
});
