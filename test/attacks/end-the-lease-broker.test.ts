// Whoever reaches the proxy, with a handle or without, wants the broker down or the token out.

import { connect } from "node:net";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { serveEgress } from "#leases/io";
import { liveLeases } from "../leases/support/live.ts";
import { startUpstream } from "../leases/support/upstream.ts";

const leases = liveLeases();
const github = await startUpstream();
const egress = await serveEgress({ leases: leases.live, hosts: { api: github.url, git: github.url } });
const { host, port } = new URL(egress.url);
afterAll(async () => {
  await egress.close();
  await github.close();
});
beforeEach(() => {
  github.held.answer = (response) => response.end("{}");
});

const get = (path: string, handle: string): Promise<Response> =>
  fetch(`${egress.url}${path}`, { headers: { authorization: `Bearer ${handle}` } });
const PULLS = "/api/repos/acme/shop/pulls";
const REFS = "/git/acme/shop.git/info/refs?service=git-upload-pack";

describe("X14 the proxy and those who hang up", () => {
  it.each([
    ["a tunnel", `CONNECT api.github.com:443 HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
    ["an upgrade", `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n`],
  ])("%s that is asked for and reset, without any handle: nothing of it ends the process", async (_, head) => {
    const one = () =>
      new Promise<void>((resolve) => {
        const socket = connect(Number(port), "127.0.0.1", () => {
          socket.write(head + "x".repeat(100_000));
          socket.resetAndDestroy();
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve());
      });
    await Promise.all(Array.from({ length: 50 }, one));
    const { handle } = leases.give();
    expect((await get(PULLS, handle)).status).toBe(200);
  });

  it("a tunnel that is refused is closed on our side, whatever the other side does", async () => {
    const socket = connect({ host: "127.0.0.1", port: Number(port), allowHalfOpen: true });
    socket.write(`CONNECT api.github.com:443 HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    socket.resume();
    await new Promise((resolve) => socket.once("end", resolve));
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    // To a socket that is closed altogether, and not to one that only says no more.
    const more = setInterval(() => socket.write("x"), 20);
    await closed;
    clearInterval(more);
  });
});

describe("X14 a minute is a minute", () => {
  it("an upload that began at 59 s is cut at 60 s, on both sides", async () => {
    const { handle } = leases.give();
    leases.clock.now += 59_900;
    const cut = Promise.withResolvers<void>();
    github.held.whole = false;
    github.held.answer = (_, incoming) => void incoming.resume().once("error", () => cut.resolve());
    const slow = new ReadableStream({
      pull: async (controller) => {
        controller.enqueue(new Uint8Array(10));
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const init = { method: "PUT", body: slow, duplex: "half" as const, headers: { authorization: `Bearer ${handle}` } };
    const status = await fetch(`${egress.url}/api/repos/acme/shop/contents/a`, init).then(
      (answer) => answer.status,
      () => "reset",
    );
    expect([401, "reset"]).toContain(status);
    await cut.promise;
    leases.clock.now -= 59_900;
    github.held.whole = true;
  });
});

describe("X14 an upstream that repeats what it was sent", () => {
  const spellings = (token: string): readonly string[] => [
    token,
    Buffer.from(`x-access-token:${token}`).toString("base64"),
  ];

  it.each([
    ["the API", PULLS],
    ["git", REFS],
  ])("%s: in no header, in neither spelling", async (_, path) => {
    const { handle, token } = leases.give();
    github.held.answer = (response, { headers: { authorization = "" } }) =>
      response.writeHead(200, { etag: `"${authorization}"`, "content-type": `text/plain; ${authorization}` }).end("[]");
    const answer = await get(path, handle);
    const told = JSON.stringify([...answer.headers]);
    for (const one of spellings(token)) expect(told).not.toContain(one);
  });

  it.each([
    ["the API", PULLS, 200],
    ["the API, in a message about an error", PULLS, 500],
    ["git", REFS, 200],
  ])("%s: not in the body, where it breaks off", async (_, path, status) => {
    const { handle } = leases.give();
    github.held.answer = (response, { headers: { authorization = "" } }) =>
      response.writeHead(status).end(`sent: ${authorization}`);
    await expect(get(path, handle).then((answer) => answer.text())).rejects.toThrow();
  });

  it("not in pieces either: of the credential no beginning goes on", async () => {
    const { handle, token } = leases.give();
    github.held.answer = (response) => {
      response.write(`sent: ${token.slice(0, 300)}`);
      setImmediate(() => response.end(token.slice(300)));
    };
    const answer = await get(PULLS, handle);
    const pieces: string[] = [];
    const read = async (): Promise<void> => {
      for await (const piece of answer.body ?? []) pieces.push(Buffer.from(piece).toString());
    };
    await expect(read()).rejects.toThrow();
    expect(pieces.join("")).not.toContain(token.slice(0, 8));
  });

  it("what only begins like it arrives whole", async () => {
    const { handle, token } = leases.give();
    github.held.answer = (response) => response.end(`sent: ${token.slice(0, 50)}`);
    expect(await (await get(PULLS, handle)).text()).toBe(`sent: ${token.slice(0, 50)}`);
  });
});
