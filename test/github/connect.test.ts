import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { appYaml, createConnect, type NewApp, PERMISSIONS, SUBSCRIPTIONS, UNASKED } from "#github";
import { PURPOSES, webUrl } from "#platform/github";

const TOKEN = "a one-time token of the terminal, 32+ characters";
const made = {
  id: 77,
  slug: "countersign-a1b2c3",
  html_url: "https://github.com/apps/countersign-a1b2c3",
  pem: "-----BEGIN RSA PRIVATE KEY-----\nVERYSECRETKEY",
  webhook_secret: "made by GitHub, long enough",
  client_id: "Iv23liabcdefghijklmn",
  client_secret: "ALSOSECRET0123456789",
};

function setUp(over: { configured?: boolean; answer?: () => Response; apiUrl?: string } = {}) {
  const saved: NewApp[] = [];
  const asked: string[] = [];
  let now = 1_000_000;
  const app = createConnect({
    publicUrl: "https://gate.example.com",
    apiUrl: over.apiUrl ?? "https://api.github.com",
    setupToken: TOKEN,
    isConfigured: () => over.configured ?? false,
    save: (one) => {
      saved.push(one);
      return ".data/live/github-app.json";
    },
    clock: () => now,
    fetch: async (url, init) => {
      asked.push(`${init?.method} ${new Request(url).url}`);
      return over.answer?.() ?? Response.json(made, { status: 201 });
    },
  });
  const jar = new Map<string, string>();
  const get = async (path: string, cookies = jar): Promise<Response> => {
    const response = await app.request(`https://gate.example.com${path}`, {
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
      jar.set(name, value);
    }
    return response;
  };
  const enter = async (query = ""): Promise<string> => {
    await get(`/connect?token=${encodeURIComponent(TOKEN)}`);
    return (await get(`/connect${query}`)).text();
  };
  const stateIn = (page: string): string => /state=([\w-]+)/.exec(page)?.[1] ?? "none";
  return {
    get,
    enter,
    stateIn,
    saved,
    asked,
    jar,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("the way through", () => {
  test("the page shows every right and every event with its reason, and posts the manifest to GitHub", async () => {
    const page = await setUp().enter();
    for (const [name, { why }] of Object.entries(PERMISSIONS)) {
      expect(page).toContain(`<code>${name}</code>`);
      expect(page).toContain(why.replaceAll("&", "&amp;").replaceAll("'", "&#39;"));
    }
    for (const name of Object.keys(SUBSCRIPTIONS)) expect(page).toContain(`<code>${name}</code>`);
    expect(page).toMatch(/action="https:\/\/github\.com\/settings\/apps\/new\?state=[\w-]{43}"/);
    const manifest = JSON.parse(/name="manifest" value="([^"]*)"/.exec(page)?.[1]?.replaceAll("&quot;", '"') ?? "{}");
    expect(manifest).toMatchObject({
      public: false,
      hook_attributes: { url: "https://gate.example.com/api/github/webhooks" },
      redirect_url: "https://gate.example.com/connect/callback",
      default_permissions: { contents: "write" },
    });
  });

  test("GitHub's code becomes the key, which is saved and shown nowhere; then the flow is closed", async () => {
    const flow = setUp();
    const page = await flow.enter();
    const done = await flow.get(`/connect/callback?code=abc123&state=${flow.stateIn(page)}`);
    expect(done.status).toBe(200);
    expect(flow.asked).toEqual(["POST https://api.github.com/app-manifests/abc123/conversions"]);
    expect(flow.saved).toEqual([
      {
        appId: 77,
        slug: made.slug,
        privateKey: made.pem,
        webhookSecret: made.webhook_secret,
        clientId: made.client_id,
        clientSecret: made.client_secret,
      },
    ]);
    const shown = await done.text();
    for (const secret of ["VERYSECRETKEY", "made by GitHub", "ALSOSECRET"]) expect(shown).not.toContain(secret);
    expect(shown).toContain("https://github.com/apps/countersign-a1b2c3/installations/new");
    expect((await flow.get("/connect")).status).toBe(403);
    expect((await flow.get(`/connect/callback?code=abc123&state=${flow.stateIn(page)}`)).status).toBe(403);
  });

  test("an organisation, and an Enterprise server", async () => {
    const flow = setUp({ apiUrl: "https://github.example.com/api/v3" });
    const page = await flow.enter("?organization=acme");
    expect(page).toContain('action="https://github.example.com/organizations/acme/settings/apps/new?state=');
    await flow.get(`/connect/callback?code=c&state=${flow.stateIn(page)}`);
    expect(flow.asked).toEqual(["POST https://github.example.com/api/v3/app-manifests/c/conversions"]);
    expect(webUrl("https://api.github.com")).toBe("https://github.com");
  });

  test("the token leaves the address bar at once", async () => {
    const response = await setUp().get(`/connect?token=${encodeURIComponent(TOKEN)}`);
    expect([response.status, response.headers.get("location")]).toEqual([303, "/connect"]);
    expect(response.headers.getSetCookie()[0]).toMatch(/HttpOnly; Secure; SameSite=Lax/);
  });
});

describe("who may not", () => {
  test.each([
    ["no token", "/connect"],
    ["a wrong token", "/connect?token=guess"],
    ["a callback out of nowhere", "/connect/callback?code=c&state=s"],
    ["an empty state", "/connect/callback?code=c&state="],
  ])("%s: 403", async (_, path) => {
    const flow = setUp();
    expect((await flow.get(path)).status).toBe(403);
    expect(flow.asked).toEqual([]);
  });

  test("a configured server is closed, with the token too", async () => {
    expect((await setUp({ configured: true }).get(`/connect?token=${encodeURIComponent(TOKEN)}`)).status).toBe(403);
  });

  test("an attacker's code sent to the administrator's browser: the state is not the one that began here", async () => {
    const flow = setUp();
    await flow.enter();
    expect((await flow.get("/connect/callback?code=attackers&state=guess")).status).toBe(403);
    expect(flow.saved).toEqual([]);
  });

  test("the right state in another browser: 403", async () => {
    const flow = setUp();
    const page = await flow.enter();
    expect((await flow.get(`/connect/callback?code=c&state=${flow.stateIn(page)}`, new Map())).status).toBe(403);
  });

  test("ten minutes later the state is old", async () => {
    const flow = setUp();
    const page = await flow.enter();
    flow.pass(10 * 60_000);
    expect((await flow.get(`/connect/callback?code=c&state=${flow.stateIn(page)}`)).status).toBe(403);
  });

  test.each(["a/../b", "x y", ""])("the code %j never becomes part of an address", async (code) => {
    const flow = setUp();
    const page = await flow.enter();
    expect(
      (await flow.get(`/connect/callback?code=${encodeURIComponent(code)}&state=${flow.stateIn(page)}`)).status,
    ).toBe(403);
    expect(flow.asked).toEqual([]);
  });

  test.each<[string, () => Response]>([
    ["404", () => Response.json({ message: "Not Found" }, { status: 404 })],
    ["no JSON", () => new Response("oops", { status: 201 })],
    ["no key in it", () => Response.json({ ...made, pem: "" }, { status: 201 })],
  ])("GitHub answers %s: nothing is saved, and it can be begun again", async (_, answer) => {
    const flow = setUp({ answer });
    const page = await flow.enter();
    expect((await flow.get(`/connect/callback?code=c&state=${flow.stateIn(page)}`)).status).toBe(502);
    expect(flow.saved).toEqual([]);
    expect((await flow.get("/connect")).status).toBe(200);
  });

  test("an organisation's name with markup in it is refused", async () => {
    expect(await setUp().enter("?organization=%22%3E%3Cscript%3E")).toContain("Not an organisation");
  });
});

describe("app.yml", () => {
  const file = readFileSync(new URL("../../app.yml", import.meta.url), "utf8");

  test("is what the table says", () => expect(file).toBe(appYaml()));

  test("grants every permission that a token of ours asks for, and no more than it needs", () => {
    const granted = z
      .object({ default_permissions: z.record(z.string(), z.string()) })
      .parse(parse(file)).default_permissions;
    for (const [purpose, permissions] of Object.entries(PURPOSES)) {
      for (const [name, access] of Object.entries(permissions))
        expect<(string | undefined)[]>([access, "write"], `${purpose}: ${name}`).toContain(granted[name]);
    }
  });

  test("subscribes to every event that is acted on, but those GitHub sends unasked", () => {
    expect(UNASKED).toEqual(["installation", "installation_repositories"]);
  });
});
