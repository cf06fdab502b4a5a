import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { Fault } from "#kernel";
import { createHttpApp, listen, type HttpApp } from "#platform/http";
import { createLog } from "#platform/log";

function shell(notReady: () => Promise<string | null> = async () => null): {
  readonly app: HttpApp;
  readonly lines: string[];
} {
  const lines: string[] = [];
  return {
    app: createHttpApp({ log: createLog({ level: "info", secrets: [], write: (line) => lines.push(line) }), notReady }),
    lines,
  };
}

describe("answers reveal nothing", () => {
  test("D19: a bug inside answers a problem document without its message, and logs it", async () => {
    const { app, lines } = shell();
    app.get("/boom", () => {
      throw new Error("select secret from gate.review");
    });
    const answer = await app.request("/boom");
    expect(answer.status).toBe(500);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const body = await answer.text();
    expect(body).not.toContain("select");
    expect(JSON.parse(body)).toMatchObject({
      type: "urn:countersign:error:internal",
      status: 500,
      instance: `urn:uuid:${answer.headers.get("x-request-id")}`,
    });
    expect(lines.join("")).toContain("select secret");
  });
  test("whoever came with a browser reads a page, not a problem document", async () => {
    const answer = await shell().app.request("/nowhere", { headers: { accept: "text/html,*/*;q=0.8" } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
    expect(await answer.text()).toContain("<h1>There is nothing here.</h1>");
  });
  test.each([
    ["database_unavailable", 503],
    ["tenant_unknown", 404],
    ["tenant_inactive", 404],
    ["input_invalid", 400],
  ] as const)("a fault %s answers %i", async (code, status) => {
    const { app } = shell();
    app.get("/boom", () => {
      throw new Fault(code, "inner words");
    });
    const answer = await app.request("/boom");
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain("inner words");
  });
  test("an unknown client and an inactive one cannot be told apart", async () => {
    const answers = await Promise.all(
      (["tenant_unknown", "tenant_inactive"] as const).map(async (code) => {
        const { app } = shell();
        app.get("/x", () => {
          throw new Fault(code, "");
        });
        const { title } = JSON.parse(await (await app.request("/x")).text());
        return title;
      }),
    );
    expect(answers[0]).toBe(answers[1]);
  });
  test("a path that does not exist", async () => {
    const answer = await shell().app.request("/nowhere");
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ title: "There is nothing here." });
  });
});

test("every answer carries the headers that keep a browser from doing anything else", async () => {
  const headers = (await shell().app.request("/healthz")).headers;
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("content-security-policy")).not.toContain("unsafe");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
});

describe("health", () => {
  test("alive is not ready: the database may be away while the process lives", async () => {
    const { app, lines } = shell(async () => "The database cannot be reached.");
    expect((await app.request("/healthz")).status).toBe(200);
    const ready = await app.request("/readyz");
    expect(ready.status).toBe(503);
    expect(await ready.text()).not.toContain("database");
    expect(lines.join("")).toContain("cannot be reached");
  });
  test("a readiness check that throws means not ready", async () => {
    expect((await shell(async () => Promise.reject(new Error("x"))).app.request("/readyz")).status).toBe(503);
  });
});

test("a webhook's delivery id is the request id; anything else in that header is not trusted", async () => {
  const { app } = shell();
  const id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
  const idOf = async (delivery: string): Promise<string | null> =>
    (await app.request("/api/github/webhooks", { headers: { "x-github-delivery": delivery } })).headers.get(
      "x-request-id",
    );
  expect(await idOf(id)).toBe(id);
  expect(await idOf("../../etc")).not.toContain("etc");
});

describe("listening", () => {
  test("a taken port is one plain sentence with the way out", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => squatter.once("listening", resolve));
    const address = squatter.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(listen(shell().app, { host: "127.0.0.1", port })).rejects.toThrow(
      `Port ${port} is taken by another program. Stop that program, or choose another port: PORT=${port + 1} npm start`,
    );
    squatter.close();
  });
  test("an address this machine does not have", async () => {
    await expect(listen(shell().app, { host: "203.0.113.7", port: 0 })).rejects.toThrow(
      "This machine has no address 203.0.113.7",
    );
  });
  test("stopping lets the request under way finish and takes no new one", async () => {
    const { app } = shell();
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    app.get("/slow", async (c) => {
      entered.resolve();
      await release.promise;
      return c.text("done");
    });
    const server = await listen(app, { host: "127.0.0.1", port: 0 });
    const url = `http://127.0.0.1:${server.port}`;
    const slow = fetch(`${url}/slow`);
    await entered.promise;
    const stopped = server.stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    release.resolve();
    expect(await (await slow).text()).toBe("done");
    await stopped;
  });
});
