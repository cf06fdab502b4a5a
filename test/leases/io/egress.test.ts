import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serveEgress, type Egress, type EgressRefused } from "#leases/io";
import { liveLeases } from "../support/live.ts";
import { startUpstream } from "../support/upstream.ts";

const leases = liveLeases();
const refused: EgressRefused[] = [];
const LIMITS = { requestBytes: 1024, responseBytes: 4096, idleMs: 400, requestsPerLease: 2, lookMs: 10 };
let github: Awaited<ReturnType<typeof startUpstream>>;
let egress: Egress;
beforeAll(async () => {
  github = await startUpstream();
  egress = await serveEgress({
    leases: leases.live,
    hosts: { api: `${github.url}/api/v3`, git: github.url },
    limits: LIMITS,
    onRefused: (one) => refused.push(one),
  });
});
afterAll(async () => {
  await egress.close();
  await github.close();
});
beforeEach(() => {
  github.arrived.length = 0;
  refused.length = 0;
  github.held.whole = true;
  github.held.answer = (response) => response.end("{}");
});

const PULLS = "/api/repos/acme/shop/pulls";
const bearer = (handle: string) => ({ authorization: `Bearer ${handle}` });
const ask = (
  path: string,
  handle: string,
  init: Omit<RequestInit, "headers"> & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> =>
  fetch(`${egress.url}${path}`, { redirect: "manual", ...init, headers: { ...bearer(handle), ...init.headers } });

describe("X14 a handle in, GitHub's own credential out", () => {
  it("the API: the request as it was, with the token instead of the handle", async () => {
    const { handle, token } = leases.give();
    const answer = await ask(`${PULLS}?state=open`, handle, {
      method: "POST",
      body: '{"title":"x"}',
      headers: { "content-type": "application/json", "x-github-api-version": "2022-11-28" },
    });
    expect(answer.status).toBe(200);
    const [only] = github.arrived;
    expect(only).toMatchObject({
      method: "POST",
      target: "/api/v3/repos/acme/shop/pulls?state=open",
      body: '{"title":"x"}',
    });
    expect(only?.headers).toMatchObject({ authorization: `Bearer ${token}`, "x-github-api-version": "2022-11-28" });
    expect(JSON.stringify(github.arrived)).not.toContain(handle);
  });

  it("git: the handle is the password of Basic, as git sends it", async () => {
    const { handle, token } = leases.give();
    const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    await fetch(`${egress.url}/git/acme/shop.git/info/refs?service=git-upload-pack`, {
      headers: { authorization: basic("lease", handle), "git-protocol": "version=2" },
    });
    expect(github.arrived[0]?.target).toBe("/acme/shop.git/info/refs?service=git-upload-pack");
    expect(github.arrived[0]?.headers).toMatchObject({
      authorization: basic("x-access-token", token),
      "git-protocol": "version=2",
    });
  });

  it("hop-by-hop fields, cookies, method overrides and what nobody knows stay here", async () => {
    const { handle } = leases.give();
    await ask(PULLS, handle, {
      headers: {
        cookie: "a=b",
        "x-http-method-override": "DELETE",
        "x-forwarded-for": "1.2.3.4",
        "x-forwarded-host": "evil.example",
        "x-github-otp": "1",
        via: "x",
      },
    });
    expect(Object.keys(github.arrived[0]?.headers ?? {}).toSorted()).toEqual([
      "accept",
      "accept-encoding",
      "accept-language",
      "authorization",
      "connection",
      "host",
      "user-agent",
    ]);
  });

  it("of the answer, what is listed; a header that repeats the token does not pass", async () => {
    const { handle, token } = leases.give();
    github.held.answer = (response) =>
      response
        .writeHead(200, {
          "content-type": "application/json",
          "set-cookie": "session=1",
          "x-oauth-scopes": "repo",
          "www-authenticate": "Basic",
          etag: `"${token}"`,
          "x-ratelimit-remaining": "7",
          link: `<${github.url}/api/v3/repositories/7/pulls?page=2>; rel="next"`,
        })
        .end("[]");
    const { headers } = await ask(PULLS, handle);
    expect(headers.get("x-ratelimit-remaining")).toBe("7");
    expect(headers.get("link")).toBe(`<${egress.url}/api/repositories/7/pulls?page=2>; rel="next"`);
    for (const name of ["set-cookie", "x-oauth-scopes", "www-authenticate", "etag"])
      expect(headers.get(name)).toBeNull();
  });
});

describe("L4 a handle that is over", () => {
  it("L4 at 61 s: 401, and no call upstream", async () => {
    const { handle } = leases.give();
    expect((await ask(PULLS, handle)).status).toBe(200);
    leases.clock.now += 61_000;
    github.arrived.length = 0;
    expect((await ask(PULLS, handle)).status).toBe(401);
    expect(github.arrived).toEqual([]);
  });

  it("after it was finished: 401, and no call upstream", async () => {
    const { handle } = leases.give();
    leases.finish(handle);
    expect((await ask(PULLS, handle)).status).toBe(401);
    expect(github.arrived).toEqual([]);
  });

  it("none, another one, a real token, two: 401, and no call upstream", async () => {
    const { handle, token } = leases.give();
    const answers = await Promise.all([
      fetch(`${egress.url}${PULLS}`),
      ask(PULLS, "x".repeat(43)),
      ask(PULLS, token),
      ask(PULLS, `${handle}x`),
      ask(PULLS, ""),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(github.arrived).toEqual([]);
  });

  it("what is under way is cut when the lease ends", async () => {
    const { handle } = leases.give();
    github.held.answer = (response) => void response.writeHead(200).write("the beginning");
    const answer = await ask(PULLS, handle);
    leases.finish(handle);
    await expect(answer.text()).rejects.toThrow();
  });

  it("what GitHub has not answered yet is cut, too", async () => {
    const { handle } = leases.give();
    github.held.answer = () => {
      leases.finish(handle);
    };
    expect((await ask(PULLS, handle)).status).toBe(401);
  });
});

describe("fail closed", () => {
  it("what is not covered is 403 in a problem document, told with its lease, and not sent on", async () => {
    const { handle } = leases.give();
    const answer = await ask("/api/repos/globex/vault/pulls", handle);
    expect(answer.status).toBe(403);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ type: "urn:countersign:error:forbidden", status: 403 });
    expect(github.arrived).toEqual([]);
    expect(refused).toMatchObject([{ why: "repository", method: "GET", request: { purpose: "repo.propose" } }]);
  });

  it("a lease of a database is worth nothing here, nor one whose token does not say what it is for", async () => {
    const url = "postgres://reader:secret@db/x";
    const minted = { credential: { kind: "connection", url }, revocation: {}, endsAt: null } as const;
    const database = leases.give({ scope: { kind: "database", name: "DATABASE_URL" }, minted });
    const silent = leases.give({
      minted: { credential: { kind: "token", token: "ghs_x" }, revocation: {}, endsAt: null },
    });
    for (const { handle } of [database, silent]) expect((await ask(PULLS, handle)).status).toBe(403);
    expect(refused.map(({ why }) => why)).toEqual(["kind", "kind"]);
    expect(github.arrived).toEqual([]);
  });

  it("a request that is too large, with its length and without", async () => {
    const { handle } = leases.give();
    const large = await ask(PULLS, handle, { method: "POST", body: "x".repeat(2000) });
    expect(large.status).toBe(413);
    expect(github.arrived).toEqual([]);
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(600)),
    });
    const init = { method: "POST", body: endless, duplex: "half" as const };
    expect((await ask(PULLS, handle, init)).status).toBe(413);
  });

  it("an answer that is too large breaks off", async () => {
    const { handle } = leases.give();
    github.held.answer = (response) => response.end("x".repeat(10_000));
    await expect(ask(PULLS, handle).then((answer) => answer.text())).rejects.toThrow();
  });

  it("GitHub hangs, or drops the connection: 502", async () => {
    const { handle } = leases.give();
    github.held.answer = () => {};
    expect((await ask(PULLS, handle)).status).toBe(502);
    github.held.answer = (response) => response.destroy();
    expect((await ask(PULLS, handle)).status).toBe(502);
  });

  it("so many requests of a lease at the same moment, and no more", async () => {
    const { handle } = leases.give();
    const waiting: (() => void)[] = [];
    const two = Promise.withResolvers<void>();
    github.held.answer = (response) => {
      waiting.push(() => response.end("{}"));
      if (waiting.length === 2) two.resolve();
    };
    const first = [ask(PULLS, handle), ask(PULLS, handle)];
    await two.promise;
    expect((await ask(PULLS, handle)).status).toBe(429);
    for (const go of waiting) go();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it("a name in somebody's browser that was pointed at the loopback: 421", async () => {
    const { handle } = leases.give();
    const { port } = new URL(egress.url);
    const status = await new Promise((resolve, reject) => {
      const headers = { ...bearer(handle), host: `evil.example:${port}` };
      request({ host: "127.0.0.1", port, path: PULLS, headers }, (answer) => resolve(answer.resume().statusCode))
        .once("error", reject)
        .end();
    });
    expect(status).toBe(421);
    expect(github.arrived).toEqual([]);
  });
});
