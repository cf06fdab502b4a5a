// X14. Whoever has a handle, which is all that a sandbox has, tries to make more of it than was leased: on the wire, byte by byte,
// since no HTTP library would send most of this.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serveEgress, type Egress } from "#leases/io";
import { GLOBEX, liveLeases } from "../leases/support/live.ts";
import { sendRaw } from "../leases/support/raw.ts";
import { startUpstream } from "../leases/support/upstream.ts";

const leases = liveLeases();
let github: Awaited<ReturnType<typeof startUpstream>>;
let elsewhere: Awaited<ReturnType<typeof startUpstream>>;
let egress: Egress;
beforeAll(async () => {
  github = await startUpstream();
  elsewhere = await startUpstream();
  egress = await serveEgress({ leases: leases.live, hosts: { api: github.url, git: github.url } });
});
afterAll(async () => {
  await egress.close();
  await github.close();
  await elsewhere.close();
});
beforeEach(() => {
  for (const one of [github, elsewhere]) {
    one.arrived.length = 0;
    one.held.answer = (response) => response.end("{}");
  }
});

const OWN = "/api/repos/acme/shop/pulls";
const host = () => new URL(egress.url).host;
const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
/** One request, its head line by line. */
const send = (line: string, handle: string, ...more: readonly string[]): Promise<string> =>
  sendRaw(
    egress.url,
    [line, `Host: ${host()}`, `Authorization: Bearer ${handle}`, ...more, "Connection: close", "", ""].join("\r\n"),
  );
const nothingWent = (): void => {
  expect(github.arrived).toEqual([]);
  expect(elsewhere.arrived).toEqual([]);
};

describe("X14 another repository, another tenant", () => {
  it("the handle of one tenant opens nothing of another's, whatever the request says of tenants", async () => {
    const acme = leases.give();
    leases.give({ tenant: GLOBEX, id: 8, name: "globex/vault" });
    for (const line of [
      "GET /api/repos/globex/vault/pulls HTTP/1.1",
      "GET /git/globex/vault.git/info/refs?service=git-upload-pack HTTP/1.1",
    ])
      // prettier-ignore
      expect(statusOf(await send(line, acme.handle, `X-Tenant: ${GLOBEX}`, "X-Installation-Id: 2"))).toBe(403);
    nothingWent();
  });

  it("each handle takes its own token out, also at the same moment on one connection", async () => {
    const [one, two] = [leases.give(), leases.give({ tenant: GLOBEX, id: 8, name: "globex/vault" })];
    const both = [
      ["GET /api/repos/acme/shop HTTP/1.1", one.handle],
      ["GET /api/repos/globex/vault HTTP/1.1", two.handle],
    ] as const;
    const text = both.map(([line, handle]) => `${line}\r\nHost: ${host()}\r\nAuthorization: Bearer ${handle}\r\n\r\n`);
    await sendRaw(egress.url, text.join(""));
    const seen = github.arrived.map(({ target, headers }) => [target, headers.authorization]);
    expect(new Map(seen.map(([target, credential]) => [target, credential]))).toEqual(
      new Map([
        ["/repos/acme/shop", `Bearer ${one.token}`],
        ["/repos/globex/vault", `Bearer ${two.token}`],
      ]),
    );
  });
});

describe("X14 what the request line can say", () => {
  const lines = (): readonly (readonly [string, string])[] => [
    ["a path upwards", "GET /api/repos/acme/shop/../vault HTTP/1.1"],
    ["a path upwards, encoded", "GET /api/repos/acme/shop/contents/%2e%2e/%2e%2e/%2e%2e/vault HTTP/1.1"],
    ["a slash, encoded", "GET /api/repos/acme%2Fshop/pulls HTTP/1.1"],
    ["two slashes", "GET //repos/acme/vault HTTP/1.1"],
    ["two slashes after the door", "GET /api//repos/acme/vault HTTP/1.1"],
    ["a backslash", "GET /api/repos/acme/shop/contents/..\\..\\vault HTTP/1.1"],
    ["the absolute form, to GitHub", `GET ${github.url}/repos/acme/shop HTTP/1.1`],
    ["the absolute form, to elsewhere", `GET ${elsewhere.url}/repos/acme/shop HTTP/1.1`],
    ["the absolute form, to the proxy itself", `GET ${egress.url}${OWN} HTTP/1.1`],
    ["a tunnel", `CONNECT ${new URL(elsewhere.url).host} HTTP/1.1`],
    ["a tunnel to GitHub", `CONNECT ${new URL(github.url).host} HTTP/1.1`],
    ["*", "OPTIONS * HTTP/1.1"],
    ["TRACE, which would say the credential back", `TRACE ${OWN} HTTP/1.1`],
    ["a method that GitHub does not know", `PURGE ${OWN} HTTP/1.1`],
    ["a merge", "PUT /api/repos/acme/shop/pulls/1/merge HTTP/1.1"],
    ["an approval", "POST /api/repos/acme/shop/pulls/1/reviews HTTP/1.1"],
    ["GraphQL", "POST /api/graphql HTTP/1.1"],
    ["another credential", `GET ${OWN}?access_token=x HTTP/1.1`],
    ["a query in the middle of the path", "GET /api/repos/acme/shop?/../../globex/vault HTTP/1.1\r\nX: y"],
  ];
  it("none of it goes on", async () => {
    const { handle } = leases.give();
    for (const [what, line] of lines().slice(0, -1)) {
      expect([400, 403, 405, 421], what).toContain(statusOf(await send(line, handle)));
      nothingWent();
    }
  });

  it("a query is a query: the path before it is what was judged, and arrives as it was", async () => {
    const { handle } = leases.give();
    const line = lines().at(-1)?.[1] ?? "";
    expect(statusOf(await send(line, handle))).toBe(200);
    expect(github.arrived.map(({ target }) => target)).toEqual(["/repos/acme/shop?/../../globex/vault"]);
  });
});

describe("X14 what headers can say", () => {
  const body = "GET /repos/acme/vault HTTP/1.1\r\nHost: x\r\n\r\n";
  const SMUGGLED: readonly (readonly [string, string, readonly string[], string])[] = [
    ["a length and a transfer coding", "POST", [`Content-Length: ${body.length}`, "Transfer-Encoding: chunked"], `0\r\n\r\n${body}`],
    ["two lengths", "POST", ["Content-Length: 0", `Content-Length: ${body.length}`], body],
    ["a coding with a space before its colon", "POST", ["Transfer-Encoding : chunked", `Content-Length: ${body.length}`], body],
    ["a coding over two lines", "POST", ["Transfer-Encoding:", " chunked", `Content-Length: ${body.length}`], body],
    ["a coding that nobody knows", "POST", ["Transfer-Encoding: xchunked"], body],
    ["GET with chunks, which would be written without a length", "GET", ["Transfer-Encoding: chunked"], `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
    ["GET with a body", "GET", [`Content-Length: ${body.length}`], body],
    ["a line that ends in a bare line feed", "GET", ["X: y\nAuthorization: Bearer z"], ""],
    ["a NUL in a header", "GET", ["User-Agent: a\0b"], ""],
  ]; // prettier-ignore
  it.each(SMUGGLED)("%s: at most the one request that was judged arrives", async (_, method, headers, text) => {
    const { handle } = leases.give();
    const head = [`${method} ${OWN} HTTP/1.1`, `Host: ${host()}`, `Authorization: Bearer ${handle}`, ...headers];
    await sendRaw(egress.url, `${head.join("\r\n")}\r\n\r\n${text}`);
    expect(github.arrived.length).toBeLessThanOrEqual(1);
    for (const { target } of github.arrived) expect(target).toBe("/repos/acme/shop/pulls");
    expect(JSON.stringify(github.arrived)).not.toContain("vault");
  });

  it("two credentials: neither is taken", async () => {
    const [one, two] = [leases.give(), leases.give()];
    expect(statusOf(await send(`GET ${OWN} HTTP/1.1`, one.handle, `Authorization: Bearer ${two.handle}`))).toBe(401);
    nothingWent();
  });

  it("one's own credential does not come through, in no spelling, and naming ours hop-by-hop does not take it away", async () => {
    const { handle, token } = leases.give();
    const own = "ghp_1234567890123456789012345678901234567890";
    await send(`GET ${OWN} HTTP/1.1`, handle, `Proxy-Authorization: Bearer ${own}`, `X-Authorization: ${own}`, `Authorization\t: Bearer ${own}`, "Connection: Authorization"); // prettier-ignore
    await send(`GET ${OWN} HTTP/1.1`, handle, `Proxy-Authorization: Bearer ${own}`, `Cookie: ${own}`, "Connection: Authorization"); // prettier-ignore
    expect(JSON.stringify(github.arrived)).not.toContain(own);
    for (const { headers } of github.arrived) expect(headers.authorization).toBe(`Bearer ${token}`);
  });

  it("Host, Forwarded and the like do not choose where it goes", async () => {
    const { handle } = leases.give();
    const to = new URL(elsewhere.url).host;
    await send(`GET ${OWN} HTTP/1.1`, handle, `X-Forwarded-Host: ${to}`, `Forwarded: host=${to}`, `X-Original-URL: /user`, `X-HTTP-Method-Override: DELETE`); // prettier-ignore
    expect(elsewhere.arrived).toEqual([]);
    expect(github.arrived.map(({ method, target, headers }) => [method, target, headers.host])).toEqual([
      ["GET", "/repos/acme/shop/pulls", new URL(github.url).host],
    ]);
  });

  it("an upgrade to another protocol is none", async () => {
    const { handle } = leases.give();
    const answer = await sendRaw(
      egress.url,
      `GET ${OWN} HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${handle}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    expect(statusOf(answer)).toBe(403);
    nothingWent();
  });
});

describe("X14 where GitHub's answer leads", () => {
  it.each([301, 302, 303, 307, 308])("%s to another host: not followed, and its address not told", async (status) => {
    const { handle, token } = leases.give();
    github.held.answer = (response) =>
      response.writeHead(status, { location: `${elsewhere.url}/blob?token=${token}` }).end();
    const answer = await send(`GET ${OWN} HTTP/1.1`, handle);
    expect(statusOf(answer)).toBe(502);
    expect(answer).not.toContain(elsewhere.url);
    expect(answer).not.toContain(token);
    expect(elsewhere.arrived).toEqual([]);
  });

  it("to a host that begins like GitHub's, to nowhere, to a user at it: neither", async () => {
    const { handle } = leases.give();
    for (const location of [
      `${github.url}.evil.example/x`,
      `${github.url}@evil.example/x`,
      "//evil.example/x",
      "/x",
      "",
    ]) {
      github.held.answer = (response) => response.writeHead(302, { location }).end();
      expect(statusOf(await send(`GET ${OWN} HTTP/1.1`, handle)), location).toBe(502);
    }
  });

  it("a repository that moved: told as an address here, which is judged like any other", async () => {
    const { handle } = leases.give();
    github.held.answer = (response) =>
      response.writeHead(301, { location: `${github.url}/repositories/7/pulls` }).end();
    const answer = await send(`GET ${OWN} HTTP/1.1`, handle);
    expect(answer).toContain(`location: ${egress.url}/api/repositories/7/pulls\r\n`);
    expect(github.arrived.length).toBe(1);
  });

  it("another protocol that nobody asked for", async () => {
    const { handle } = leases.give();
    github.held.answer = (response) =>
      response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nhello");
    expect(statusOf(await send(`GET ${OWN} HTTP/1.1`, handle))).toBe(502);
  });
});
