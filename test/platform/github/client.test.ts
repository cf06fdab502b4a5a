import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { createGitHub } from "#platform/github";
import { INSTALLATION, isMint, json, minted, PEM, REPOSITORY, type Script, scripted } from "./scripted.ts";

const withToken = (script: Script) => {
  const world = scripted((sent) => (isMint(sent) ? minted(sent, world.now()) : script(sent)));
  return {
    ...world,
    client: world.github.installation(INSTALLATION, REPOSITORY, "report"),
    requests: () => world.sent.filter((sent) => !isMint(sent)),
  };
};
const READ = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
const WRITE = "POST /repos/{owner}/{repo}/check-runs";
const at = { owner: "acme", repo: "app", pull_number: 1, name: "countersign" };
const SECONDARY = {
  message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
};

describe("G07 no write is ever lost: a limit is a Fault that says when", () => {
  test.each<[string, number, object, Record<string, string>, number]>([
    ["secondary, 403 with retry-after", 403, SECONDARY, { "retry-after": "60" }, 60_000],
    ["secondary, 403 without any header", 403, SECONDARY, {}, 60_000],
    ["429 with retry-after", 429, {}, { "retry-after": "7" }, 7_000],
    ["429 without", 429, {}, {}, 60_000],
    [
      "primary, used up until its reset by GitHub's clock",
      403,
      { message: "API rate limit exceeded" },
      {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(Date.parse("2026-09-01T11:00:00Z") / 1_000),
        date: "Tue, 01 Sep 2026 10:50:00 GMT",
      },
      600_000,
    ],
  ])("%s", async (_, status, data, headers, retryAfterMs) => {
    const world = withToken(() => json(status, data, headers));
    await expect(world.client.rest(WRITE, at, [403])).rejects.toMatchObject({
      code: "github_rate_limited",
      retryAfterMs,
    });
    expect(world.requests(), "sent once: neither repeated nor dropped without a word").toHaveLength(1);
  });

  test("a read is not repeated into a limit either", async () => {
    const world = withToken(() => json(429, {}, { "retry-after": "30" }));
    await expect(world.client.rest(READ, at)).rejects.toMatchObject({ code: "github_rate_limited" });
    expect(world.requests()).toHaveLength(1);
  });

  test("until then the same installation sends nothing more, and afterwards it does", async () => {
    let limited = true;
    const world = withToken(() => (limited ? json(429, {}, { "retry-after": "30" }) : json(201, {})));
    await expect(world.client.rest(WRITE, at)).rejects.toMatchObject({ code: "github_rate_limited" });
    limited = false;
    await expect(world.client.rest(WRITE, at)).rejects.toMatchObject({
      code: "github_rate_limited",
      retryAfterMs: 30_000,
    });
    expect(world.requests()).toHaveLength(1);
    world.pass(30_000);
    expect((await world.client.rest(WRITE, at)).status).toBe(201);
  });

  test("GraphQL says it with 200", async () => {
    const world = withToken(() =>
      json(200, { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }] }),
    );
    await expect(world.client.graphql("query { viewer { login } }", {})).rejects.toMatchObject({
      code: "github_rate_limited",
    });
  });

  test("an ordinary 403 is no limit", async () => {
    const world = withToken(() => json(403, { message: "Resource not accessible by integration" }));
    await expect(world.client.rest(WRITE, at)).rejects.toMatchObject({ code: "github_refused" });
    expect((await world.client.rest(WRITE, at, [403])).status).toBe(403);
  });
});

describe("what breaks is tried again only if it can do no harm", () => {
  test("a read that meets 502 is repeated", async () => {
    let left = 2;
    const world = withToken(() => (left-- > 0 ? json(502, {}) : json(200, { number: 1 })));
    expect((await world.client.rest(READ, at)).data).toEqual({ number: 1 });
    expect(world.requests()).toHaveLength(3);
  });

  test.each<[string, Script]>([
    ["502", () => json(502, {})],
    ["a connection that breaks", () => Promise.reject(new TypeError("fetch failed"))],
    [
      "no answer in time",
      (sent) =>
        new Promise((_, reject) => {
          sent.init.signal?.addEventListener("abort", () => reject(new Error("timed out")));
        }),
    ],
    [
      "JSON that ends too early",
      () => new Response(`{"id":`, { status: 201, headers: { "content-type": "application/json" } }),
    ],
  ])("a write that meets %s is sent once and reported as unknown", async (_, script) => {
    const world = withToken(script);
    await expect(world.client.rest(WRITE, at)).rejects.toMatchObject({ code: "github_unavailable" });
    expect(world.requests()).toHaveLength(1);
  });

  test("what is said about writes is not said about a read", async () => {
    const said = async (route: typeof READ | typeof WRITE): Promise<unknown> =>
      withToken(() => json(502, {}))
        .client.rest(route, at)
        .catch((error: unknown) => error);
    expect(await said(WRITE)).toMatchObject({
      message: expect.stringContaining("A write may or may not have happened"),
    });
    expect(await said(READ)).toMatchObject({ message: expect.not.stringContaining("A write") });
  });

  test("a mutation is a write", async () => {
    const world = withToken(() => json(502, {}));
    await expect(world.client.graphql("mutation { x }", {})).rejects.toMatchObject({ code: "github_unavailable" });
    expect(world.requests()).toHaveLength(1);
  });

  test("a write does not follow a redirect: it would arrive as a read", async () => {
    const world = withToken(
      () => new Response(null, { status: 301, headers: { location: "https://api.github.com/repositories/5" } }),
    );
    await expect(world.client.rest(WRITE, at)).rejects.toMatchObject({ code: "github_refused" });
    expect(world.requests()[0]?.init.redirect).toBe("manual");
  });
});

describe("answers", () => {
  test("409 and 405 come back where they are expected, and are Faults where they are not", async () => {
    const world = withToken(() => json(409, { message: "Head branch was modified" }));
    expect((await world.client.rest("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", at, [409])).status).toBe(
      409,
    );
    await expect(world.client.rest("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", at)).rejects.toMatchObject({
      code: "github_refused",
    });
  });

  test("a conditional read answers 304", async () => {
    const world = withToken(() => json(304, null, { etag: `"x"` }));
    expect((await world.client.rest(READ, { ...at, headers: { "if-none-match": `"x"` } })).status).toBe(304);
    expect(new Headers(world.requests()[0]?.init.headers).get("if-none-match")).toBe(`"x"`);
  });

  test("G09 GraphQL data and errors both come back: the caller must not take half for whole", async () => {
    const world = withToken(() =>
      json(200, {
        data: { repository: null },
        errors: [{ type: "FORBIDDEN", path: ["repository", "rulesets", 0], message: "no" }],
      }),
    );
    expect(await world.client.graphql("query { x }", {})).toEqual({
      data: { repository: null },
      errors: [{ type: "FORBIDDEN", path: ["repository", "rulesets", 0], message: "no" }],
    });
  });
});

describe("where requests go", () => {
  test.each([
    ["https://api.github.com", "https://api.github.com/repos/acme/app/pulls/1", "https://api.github.com/graphql"],
    [
      "https://github.example.com/api/v3/",
      "https://github.example.com/api/v3/repos/acme/app/pulls/1",
      "https://github.example.com/api/graphql",
    ],
    ["http://127.0.0.1:4001", "http://127.0.0.1:4001/repos/acme/app/pulls/1", "http://127.0.0.1:4001/graphql"],
  ])("%s", async (baseUrl, rest, graphql) => {
    const world = scripted((sent) => (isMint(sent) ? minted(sent, world.now()) : json(200, { data: {} })), baseUrl);
    const client = world.github.installation(INSTALLATION, REPOSITORY, "read");
    await client.rest(READ, at);
    await client.graphql("query { x }", {});
    expect(world.sent.filter((sent) => !isMint(sent)).map((sent) => sent.path.split("?")[0])).toEqual([rest, graphql]);
  });

  test("the parameters of a call cannot send the token elsewhere", async () => {
    const world = withToken(() => json(200, {}));
    await world.client.rest(READ, {
      ...at,
      baseUrl: "https://evil.example",
      headers: { authorization: "Bearer mine" },
    });
    expect(new URL(world.requests()[0]?.path ?? "").origin).toBe("https://api.github.com");
    expect(world.requests()[0]?.bearer).toMatch(/^ghs_/);
  });

  test.each(["http://github.example.com/api/v3", "https://user:pw@github.example.com", "not a URL"])(
    "%s is refused at the start",
    (baseUrl) => {
      const { appId } = scripted(() => json(200, {})).github;
      expect(() => createGitHub({ appId, privateKey: PEM, baseUrl })).toThrow(
        expect.objectContaining({ code: "config_invalid" }),
      );
    },
  );

  test("every request names the API version and who asks", async () => {
    const world = withToken(() => json(200, {}));
    await world.client.rest(READ, at);
    const headers = new Headers(world.requests()[0]?.init.headers);
    expect(headers.get("x-github-api-version")).toBe("2022-11-28");
    expect(headers.get("user-agent")).toContain("countersign");
  });
});

describe("the App's own JWT", () => {
  test("RS256, at most ten minutes, a minute back", async () => {
    const world = scripted(() => json(200, {}));
    await world.github.app().rest("GET /app", {});
    const jwt = world.sent[0]?.bearer ?? "";
    expect(decodeProtectedHeader(jwt).alg).toBe("RS256");
    const { iss, iat = 0, exp = 0 } = decodeJwt(jwt);
    expect(iss).toBe("4242");
    expect(iat * 1_000).toBe(world.now() - 60_000);
    expect(exp - iat).toBeLessThanOrEqual(600);
  });

  test("G11 a host clock ten minutes ahead: refused once, then signed with GitHub's time", async () => {
    const world = scripted((sent) => {
      const server = world.now() - 600_000;
      const early = (decodeJwt(sent.bearer).iat ?? 0) * 1_000 > server;
      return json(
        early ? 401 : 200,
        early
          ? {
              message:
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            }
          : {},
        { date: new Date(server).toUTCString() },
      );
    });
    expect((await world.github.app().rest("GET /app", {})).status).toBe(200);
    expect(world.sent).toHaveLength(2);
  });

  test.each(["", "-----BEGIN RSA PRIVATE KEY-----\nnonsense-that-must-not-be-quoted\n-----END RSA PRIVATE KEY-----"])(
    "a key that is none is refused without quoting it",
    (privateKey) => {
      const { appId } = scripted(() => json(200, {})).github;
      expect(() => createGitHub({ appId, privateKey, baseUrl: "https://api.github.com" })).toThrow(
        /not an RSA private key/,
      );
    },
  );
});
