import { describe, expect, test } from "vitest";
import { repoName } from "#kernel";
import {
  asked,
  INSTALLATION,
  isMint,
  json,
  minted,
  OTHER_INSTALLATION,
  OTHER_REPOSITORY,
  permissionsOf,
  REPOSITORY,
  scripted,
} from "./scripted.ts";

const ROUTE = "GET /repos/{owner}/{repo}";
const NAME = { owner: "acme", repo: "app" };
const good = () => {
  const world = scripted((sent) => (isMint(sent) ? minted(sent, world.now()) : json(200, {})));
  return world;
};
const lying = (over: object) => {
  const world = scripted((sent) =>
    isMint(sent) ? minted(sent, world.now(), over) : sent.method === "DELETE" ? json(204, null) : json(200, {}),
  );
  return world;
};

describe("a token is asked for one repository and one purpose", () => {
  test.each(["read", "report", "merge"] as const)("%s", async (purpose) => {
    const world = good();
    await world.github.installation(INSTALLATION, REPOSITORY, purpose).rest(ROUTE, NAME);
    const [mint] = world.mints();
    if (mint === undefined) throw new Error("no token was asked for");
    expect(mint.path).toBe("https://api.github.com/app/installations/100/access_tokens");
    expect(asked(mint)).toEqual({ repository_ids: [5], permissions: permissionsOf(purpose) });
  });

  test("only the merging purpose may write contents", () => {
    expect(permissionsOf("read").contents).toBe("read");
    expect(Object.values(permissionsOf("read"))).not.toContain("write");
    expect(permissionsOf("report").contents).toBeUndefined();
    expect(permissionsOf("merge").contents).toBe("write");
  });
});

describe("the answer is compared with what was asked: another token is given back and never used", () => {
  test.each<[string, object]>([
    ["all repositories (the well-known cache's mistake)", { repositories: undefined, repository_selection: "all" }],
    ["no repository", { repositories: [] }],
    ["another repository", { repositories: [{ id: 6 }] }],
    ["one repository more", { repositories: [{ id: 5 }, { id: 6 }] }],
    ["a permission more", { permissions: { ...permissionsOf("read"), secrets: "read" } }],
    ["a stronger permission", { permissions: { ...permissionsOf("read"), contents: "write" } }],
    ["a permission less", { permissions: { metadata: "read" } }],
    ["no word on permissions", { permissions: undefined }],
    ["no end", { expires_at: undefined }],
  ])("%s", async (_, over) => {
    const world = lying(over);
    await expect(world.github.installation(INSTALLATION, REPOSITORY, "read").rest(ROUTE, NAME)).rejects.toMatchObject({
      code: "github_scope_mismatch",
    });
    expect(world.sent.map((sent) => `${sent.method} ${new URL(sent.path).pathname}`)).toEqual([
      "POST /app/installations/100/access_tokens",
      "DELETE /installation/token",
    ]);
    expect(world.sent[1]?.bearer, "revocation is authenticated by the token itself").toMatch(/^ghs_/);
  });

  test("the fault does not repeat the token", async () => {
    const world = lying({ token: "ghs_SECRETSECRET", repositories: [] });
    const fault = await world.github
      .installation(INSTALLATION, REPOSITORY, "read")
      .rest(ROUTE, NAME)
      .catch((error: unknown) => error);
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toContain("SECRETSECRET");
  });
});

describe("tokens are kept per installation, repository and purpose", () => {
  test("the same scope twice asks once", async () => {
    const world = good();
    await world.github.installation(INSTALLATION, REPOSITORY, "read").rest(ROUTE, NAME);
    await world.github.installation(INSTALLATION, REPOSITORY, "read").rest(ROUTE, NAME);
    expect(world.mints()).toHaveLength(1);
  });

  test("at the same instant: equal scopes share one flight, different ones share nothing", async () => {
    const world = good();
    const scopes = [
      [INSTALLATION, REPOSITORY, "read"],
      [INSTALLATION, REPOSITORY, "read"],
      [INSTALLATION, REPOSITORY, "merge"],
      [INSTALLATION, OTHER_REPOSITORY, "read"],
      [OTHER_INSTALLATION, REPOSITORY, "read"],
    ] as const;
    await Promise.all(
      scopes.map(([installation, repository, purpose]) =>
        world.github.installation(installation, repository, purpose).rest(ROUTE, NAME),
      ),
    );
    expect(world.mints()).toHaveLength(4);
    const used = world.sent.filter((sent) => sent.method === "GET").map((sent) => sent.bearer);
    expect(new Set(used).size).toBe(4);
  });

  test("two Apps with the same installation number never share a token", async () => {
    const [one, two] = [good(), good()];
    await Promise.all(
      [one, two].map((world) => world.github.installation(INSTALLATION, REPOSITORY, "read").rest(ROUTE, NAME)),
    );
    expect(one.mints()).toHaveLength(1);
    expect(two.mints()).toHaveLength(1);
  });

  test("a new one is asked for well before the old one ends", async () => {
    const world = good();
    const client = world.github.installation(INSTALLATION, REPOSITORY, "read");
    await client.rest(ROUTE, NAME);
    world.pass(54 * 60_000);
    await client.rest(ROUTE, NAME);
    expect(world.mints()).toHaveLength(1);
    world.pass(2 * 60_000);
    await client.rest(ROUTE, NAME);
    expect(world.mints()).toHaveLength(2);
  });

  test("G11 a host clock ten minutes off neither shortens nor stretches its life", async () => {
    for (const offMs of [-600_000, 600_000]) {
      const world = scripted((sent) => {
        const server = world.now() + offMs;
        const date = { date: new Date(server).toUTCString() };
        if (!isMint(sent)) return json(200, {}, date);
        const made = minted(sent, server);
        return new Response(made.body, {
          status: made.status,
          headers: { "content-type": "application/json", ...date },
        });
      });
      const client = world.github.installation(INSTALLATION, REPOSITORY, "read");
      await client.rest(ROUTE, NAME);
      world.pass(54 * 60_000);
      await client.rest(ROUTE, NAME);
      world.pass(2 * 60_000);
      await client.rest(ROUTE, NAME);
      expect(world.mints()).toHaveLength(2);
      expect(world.github.clockSkewMs()).toBe(offMs);
    }
  });

  test("a token that GitHub refuses is replaced once, also for a write: 401 comes before anything is done", async () => {
    let first = true;
    const world = scripted((sent) => {
      if (isMint(sent)) return minted(sent, world.now());
      const refused = first;
      first = false;
      return refused ? json(401, { message: "Bad credentials" }) : json(201, {});
    });
    const answer = await world.github
      .installation(INSTALLATION, REPOSITORY, "report")
      .rest("POST /repos/{owner}/{repo}/check-runs", NAME);
    expect(answer.status).toBe(201);
    expect(world.mints()).toHaveLength(2);
  });

  test("still refused: it is said, not tried for ever", async () => {
    const world = scripted((sent) =>
      isMint(sent) ? minted(sent, world.now()) : json(401, { message: "Bad credentials" }),
    );
    await expect(world.github.installation(INSTALLATION, REPOSITORY, "read").rest(ROUTE, NAME)).rejects.toMatchObject({
      code: "github_refused",
    });
    expect(world.mints()).toHaveLength(2);
  });
});

describe("a mint that GitHub refuses", () => {
  test("a person's account has no members to read: the rest is asked for, and compared all the same", async () => {
    const world = scripted((sent) => {
      if (!isMint(sent)) return json(200, {});
      return sent.body.includes("members")
        ? json(422, { message: "The permissions requested are not granted to this installation." })
        : minted(sent, world.now());
    });
    await world.github.installation(INSTALLATION, REPOSITORY, "read").rest(ROUTE, NAME);
    expect(world.mints()).toHaveLength(2);
  });

  test.each<[number, string]>([
    [404, "github_refused"],
    [422, "github_refused"],
    [403, "github_refused"],
    [500, "github_unavailable"],
    [429, "github_rate_limited"],
  ])("%i: %s, and the request is not sent", async (status, code) => {
    const world = scripted((sent) => (isMint(sent) ? json(status, { message: "no" }) : json(200, {})));
    await expect(world.github.installation(INSTALLATION, REPOSITORY, "merge").rest(ROUTE, NAME)).rejects.toMatchObject({
      code,
    });
    expect(world.sent.filter((sent) => !isMint(sent))).toEqual([]);
  });
});

describe("T1: a repository of which only the name is known", () => {
  const name = repoName("acme/.github");
  const named = (over: object) =>
    lying({ permissions: permissionsOf("policy"), repositories: [{ id: 9, name: ".github" }], ...over });
  const ask = (world: ReturnType<typeof scripted>) =>
    name === null ? Promise.reject(new Error("constant")) : world.github.named(INSTALLATION, name);

  test("its token reads files and nothing else", async () => {
    const world = named({});
    await (await ask(world))?.rest(ROUTE, NAME);
    const [mint] = world.mints();
    expect(mint === undefined ? null : asked(mint)).toEqual({
      repositories: [".github"],
      permissions: { metadata: "read", contents: "read" },
    });
  });

  test.each([404, 422])("GitHub answers %s: the installation does not reach it", async (status) => {
    expect(await ask(scripted(() => json(status, { message: "no" })))).toBeNull();
  });

  test.each([
    ["another repository", { repositories: [{ id: 9, name: "secrets" }] }],
    ["one without a name", { repositories: [{ id: 9 }] }],
    [
      "two",
      {
        repositories: [
          { id: 9, name: ".github" },
          { id: 5, name: "app" },
        ],
      },
    ],
    ["more rights", { permissions: { metadata: "read", contents: "write" } }],
  ])("a token for %s is given back", async (_, over) => {
    const world = named(over);
    await expect(ask(world)).rejects.toMatchObject({ code: "github_scope_mismatch" });
    expect(world.sent.at(-1)?.method).toBe("DELETE");
  });

  test.each([403, 500])('GitHub answers %s: a fault, never "none"', async (status) => {
    await expect(ask(scripted(() => json(status, { message: "no" })))).rejects.toMatchObject({
      code: expect.stringMatching(/^github_/),
    });
  });
});
