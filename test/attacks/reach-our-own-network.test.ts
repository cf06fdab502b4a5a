// The attacker may name a webhook's URL, and would have the server ask its own network, or the cloud's metadata service, for him.

import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isPublic } from "#kernel";
import { receiverUrl } from "../../src/notify/addresses.ts";
import { post } from "../../src/notify/io/webhooks/post.ts";

let reached = 0;
const inside = createServer((_, response) => {
  reached += 1;
  response.end("the secret of the metadata service");
});
let port = 0;
beforeAll(async () => {
  inside.listen(0, "127.0.0.1");
  await once(inside, "listening");
  const address = inside.address();
  port = address !== null && typeof address === "object" ? address.port : 0;
});
afterAll(() => void inside.close());

describe("fail closed: a receiver is on the public internet", () => {
  it.each([
    "http://hooks.example.com/", "https://127.0.0.1/", "https://localhost/", "https://127.1/", "https://0x7f000001/", "https://2130706433/",
    "https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "https://192.168.1.1/", "https://172.16.0.1/", "https://100.64.0.1/",
    "https://0.0.0.0/", "https://224.0.0.1/", "https://255.255.255.255/", "https://192.0.2.1/", "https://[::1]/", "https://[::]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[2001::1]/",
    "https://[fe80::1]/", "https://[fd00::1]/", "https://[fec0::1]/", "https://[2001:db8::1]/", "https://metadata.google.internal/",
    "https://printer.local/", "https://intranet/", "https://user:password@hooks.example.com/", "file:///etc/passwd", "gopher://example.com/",
    "https://[::127.0.0.1]/", "https://[4000::1]/", "https://0177.0.0.1/", "https://017700000001/", "https://0x7f.1/", "https://127.0.0.1./",
    "https://localhost./", "https://LOCALHOST/", "https://metadata.google.internal./", "https://x.localhost/", "https://1/", "https://0/",
    "https://\uff11\uff12\uff17.0.0.1/", "https://\u2460\u2461\u2466.0.0.1/", "https://169.254.170.2/v2/credentials", "https://[fd00:ec2::254]/",
    "https://[::ffff:0:127.0.0.1]/", "https://[64:ff9b:1::1]/", "https://192.88.99.1/", "https://198.18.0.1/", "https://240.0.0.1/", "https://hooks.example.com@127.0.0.1/",
    "https://127.0.0.1#@hooks.example.com/", "https://127.0.0.1\\@hooks.example.com/", "https:127.0.0.1/", "ftp://hooks.example.com/", "ws://hooks.example.com/", "//127.0.0.1/",
  ])("%s is refused when it is named", (url) => {
    expect(receiverUrl(url, false)).toMatchObject({ kind: "refused" });
  }); // prettier-ignore

  it.each([
    "https://hooks.example.com/x?y=1",
    "https://93.184.216.34/",
    "https://[2606:2800:220:1::1]/",
    "https://example.com:8443/",
  ])("%s is not", (url) => expect(receiverUrl(url, false)).toMatchObject({ kind: "url" }));

  it.each([
    ["to an address of this machine", ["127.0.0.1"]],
    ["to the metadata service", ["169.254.169.254"]],
    ["to a good address and a bad one", ["93.184.216.34", "10.0.0.7"]],
    ["to a bad one written as IPv6", ["::ffff:10.0.0.7"]],
  ])("a name that leads %s is not asked", async (_, addresses) => {
    const answer = await post({
      url: `https://rebind.example.com:${port}/`,
      headers: {},
      body: "{}",
      loopback: false,
      signal: AbortSignal.timeout(5_000),
      resolve: async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    });
    expect(answer).toMatchObject({ kind: "refused" });
    expect(reached).toBe(0);
  });

  it("a name is resolved once: what it says the second time reaches nothing", async () => {
    let asked = 0;
    const answer = await post({
      url: `http://localhost:${port}/`,
      headers: {},
      body: "{}",
      loopback: true,
      signal: AbortSignal.timeout(5_000),
      resolve: async () => {
        asked += 1;
        return [{ address: "127.0.0.1", family: 4 }];
      },
    });
    expect(answer).toMatchObject({ kind: "answered", status: 200 });
    expect(asked).toBe(1);
  });

  it("of several addresses that were judged the next one is tried where one does not answer, and no other", async () => {
    const answer = await post({
      url: `http://localhost:${port}/`,
      headers: {},
      body: "{}",
      loopback: true,
      signal: AbortSignal.timeout(5_000),
      resolve: async () => [
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ],
    });
    expect(answer).toMatchObject({ kind: "answered", status: 200 });
  });

  it.each(["", "::ffff:1.2.3.4", "1.2.3", "fe80::1%eth0"])("%j is no public address", (address) =>
    expect(isPublic(address)).toBe(false),
  );
});
