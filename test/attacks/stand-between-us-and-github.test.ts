// X14. Somebody answers in GitHub's place, on the way between the proxy and GitHub, with a certificate of their own.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { z } from "zod";
import { serveEgress } from "#leases/io";
import { liveLeases } from "../leases/support/live.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-between-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("X14 fail closed: a host that nobody vouches for gets no credential, and its answer is none", async () => {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  const named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", [...made, ...named, "-keyout", key, "-out", cert], { stdio: "ignore" });
  const arrived: string[] = [];
  const between = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, response) => {
    arrived.push(String(incoming.headers.authorization));
    response.end("{}");
  });
  await new Promise<void>((listening) => between.listen(0, "127.0.0.1", listening));
  const { port } = z.object({ port: z.number() }).parse(between.address());
  const base = `https://localhost:${port}`;
  const leases = liveLeases();
  const egress = await serveEgress({ leases: leases.live, hosts: { api: base, git: base } });
  const { handle } = leases.give();
  for (const path of ["/api/repos/acme/shop/pulls", "/git/acme/shop.git/info/refs?service=git-upload-pack"]) {
    const answer = await fetch(`${egress.url}${path}`, { headers: { authorization: `Bearer ${handle}` } });
    expect(answer.status).toBe(502);
  }
  expect(arrived).toEqual([]);
  await egress.close();
  between.closeAllConnections();
  between.close();
});
