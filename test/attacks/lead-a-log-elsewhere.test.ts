// The attacker answers for GitHub where a job's log is asked for, or has what GitHub's address leads to: the lease's proxy, which follows that
// one redirect, shall go to our own network for him, carry a credential there, or show him the address.

import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openStored } from "../../src/leases/io/egress/stored.ts";
import { serveEgress } from "#leases/io";
import { liveLeases } from "../leases/support/live.ts";
import { startUpstream } from "../leases/support/upstream.ts";

const leases = liveLeases();
const give = () => leases.give({ permissions: { actions: "read" } });
const [github, storage] = [await startUpstream(), await startUpstream()];
const limits = { storedBytes: 4096, idleMs: 400, lookMs: 10 };
const egress = await serveEgress({
  leases: leases.live,
  hosts: { api: github.url, git: github.url },
  limits,
});
afterAll(async () => {
  await egress.close();
  await github.close();
  await storage.close();
});
beforeEach(() => {
  for (const one of [github, storage]) {
    one.arrived.length = 0;
    one.held.answer = (response) => response.end("the log\n");
  }
});

const LOG = "/api/repos/acme/shop/actions/jobs/7/logs";
const leadTo = (location: string): void => {
  github.held.answer = (response) => response.writeHead(302, { location, "set-cookie": "a=b" }).end();
};
const ask = (handle: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${egress.url}${LOG}`, { redirect: "manual", headers: { ...headers, authorization: `Bearer ${handle}` } });

describe("X14 the one redirect that a lease follows", () => {
  it("is asked without credentials, and its address and headers are shown to nobody", async () => {
    const { handle, token } = give();
    leadTo(`${storage.url}/blob?sig=the-signature`);
    storage.held.answer = (response) =>
      response.writeHead(200, { "content-type": "text/html", "set-cookie": "c=d", "x-where": storage.url }).end("the log\n");
    const answer = await ask(handle, { cookie: "e=f", "x-secret": "mine" });
    expect([answer.status, await answer.text()]).toEqual([200, "the log\n"]);
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(JSON.stringify([...answer.headers])).not.toMatch(/sig|set-cookie|x-where/);
    expect(storage.arrived).toMatchObject([{ method: "GET", target: "/blob?sig=the-signature", body: "" }]);
    const [went] = storage.arrived;
    expect(Object.keys(went?.headers ?? {}).toSorted()).toEqual(["accept", "accept-encoding", "connection", "host", "user-agent"]);
    expect(JSON.stringify(went)).not.toContain(token);
    expect(JSON.stringify(went)).not.toContain(handle);
  }); // prettier-ignore

  it("is one: a second redirect is not followed", async () => {
    const { handle } = give();
    leadTo(`${storage.url}/blob`);
    storage.held.answer = (response) => response.writeHead(302, { location: `${storage.url}/second` }).end();
    expect((await ask(handle)).status).toBe(502);
    expect(storage.arrived.map(({ target }) => target)).toEqual(["/blob"]);
  });

  it("is not followed with the credential in its address", async () => {
    const { handle, token } = give();
    leadTo(`${storage.url}/blob?token=${token}`);
    const answer = await ask(handle);
    expect([answer.status, storage.arrived.length]).toEqual([502, 0]);
    expect(await answer.text()).not.toContain(token);
  });

  it("ends with the lease, and with its size", async () => {
    leadTo(`${storage.url}/blob`);
    const over = give();
    storage.held.answer = (response) => void response.writeHead(200).write("the beginning");
    const answer = await ask(over.handle);
    leases.finish(over.handle);
    await expect(answer.text()).rejects.toThrow();
    storage.held.answer = (response) => response.end("x".repeat(limits.storedBytes + 1));
    await expect(ask(give().handle).then((large) => large.text())).rejects.toThrow();
  });

  it("breaks off where what lies there repeats the credential", async () => {
    const { handle, token } = give();
    leadTo(`${storage.url}/blob`);
    storage.held.answer = (response) => response.end(`echo ${token}\n`);
    const told = await ask(handle).then((answer) => answer.text()).catch(() => "broken off");
    expect(told).not.toContain(token);
  }); // prettier-ignore
});

describe("X14 fail closed: where GitHub is a public host, a log is on the public internet and comes over https", () => {
  const over = new AbortController().signal;
  const asked = { loopback: false, idleMs: 400, headerBytes: 16_384, over };

  it.each([
    "http://logs.example.com/x", `${storage.url}/x`, storage.url.replace("http:", "https:"), "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://2130706433/", "https://user:password@logs.example.com/",
    "file:///etc/passwd", "ftp://logs.example.com/", "//logs.example.com/x", "/x", "", `https://logs.example.com/${"x".repeat(9_000)}`,
  ])("%s is not asked", async (location) => {
    const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
    expect(await openStored(location, { ...asked, resolve })).toBeNull();
    expect(storage.arrived).toEqual([]);
  }); // prettier-ignore

  it.each([
    ["to this machine", ["127.0.0.1"]],
    ["to a good address and a bad one", ["93.184.216.34", "10.0.0.7"]],
    ["nowhere", []],
  ])("a name that leads %s is not asked", async (_, addresses) => {
    const resolve = async () => addresses.map((address) => ({ address, family: 4 }));
    const location = storage.url.replace("http://127.0.0.1", "https://rebind.example.com");
    expect(await openStored(location, { ...asked, resolve })).toBeNull();
    expect(storage.arrived).toEqual([]);
  });
});
