// The verifier in a browser: the folder as it is, without a build, as modules of a page, with the browser's own WebCrypto.

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { CHROMIUM_FLAGS, chromiumPath } from "../support/chromium.ts";
import { entryProof } from "../support/audit-log/proof.ts";
import { exportWorld, type FileMap } from "../support/audit-log/export.ts";
import { auditor, judge, stateOf } from "../support/audit-log/judge.ts";
import { story, entryAt, VICTIM } from "../tamper/story.ts";
import { TENANT } from "../support/audit-log/world.ts";

const folder = join(import.meta.dirname, "../../src/verifier");
const executablePath = chromiumPath();

/** What a page that wants to verify has to write, all of it. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>Verifier</title><script type="module">
import * as v from "/verifier/index.ts";
const policy = v.parsePolicy(v.sha256, await (await fetch("/policy")).text());
const source = v.filesSource({ read: async (path) => {
  const answer = await fetch("/log/" + path);
  return answer.status === 404 ? { kind: "absent" } : { kind: "found", value: new Uint8Array(await answer.arrayBuffer()) };
} });
const pinned = { ...v.NOTHING_PINNED, key: policy.logs[0].key, policy };
const options = { sha256: v.sha256, subtle: crypto.subtle, now: Date.now(), tenants: ["${TENANT}"], bodies: true, full: false };
const report = await v.verify(source, pinned, options);
const proof = await v.verifyEntryProof({ sha256: v.sha256, verify: v.ed25519(crypto.subtle) }, await (await fetch("/proof")).text(), policy.logs[0].key, policy);
globalThis.answer = { state: report.state, verdicts: report.verdicts.map(({ state, findings }) => [state, ...findings.map(({ code, at }) => code + " " + at)]), counts: report.counts, proof: proof.kind };
</script>`;

const answer = z.object({
  state: z.string(),
  verdicts: z.array(z.array(z.string())),
  counts: z.record(z.string(), z.number()),
  proof: z.string(),
});

describe.skipIf(executablePath === null)(
  executablePath === null ? "skipped: needs chromium" : "the verifier in a browser (A2)",
  () => {
    let browser: Browser;
    let server: Server;
    let files: FileMap = new Map();
    const world = story();
    const policy = [
      `log ${world.signer.vkey}`,
      ...world.witnesses.map(({ vkey }, i) => `witness w${i} ${vkey}`),
      "group g 2 w0 w1 w2",
      "quorum g",
    ].join("\n");

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: executablePath ?? "", args: CHROMIUM_FLAGS });
      server = createServer((request, response) => {
        const path = request.url ?? "/";
        const module = /^\/verifier\/([a-z0-9-]+\.ts)$/.exec(path)?.[1];
        const file = path.startsWith("/log/") ? files.get(path.slice("/log/".length)) : undefined;
        if (path === "/") response.setHeader("content-type", "text/html").end(PAGE);
        else if (path === "/policy") response.end(policy);
        else if (path === "/proof") response.end(entryProof(world, TENANT, VICTIM));
        else if (module !== undefined)
          response
            .setHeader("content-type", "text/javascript")
            .end(stripTypeScriptTypes(readFileSync(join(folder, module), "utf8")));
        else if (file !== undefined) response.end(file);
        else response.writeHead(404).end();
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
    });
    afterAll(async () => {
      await browser.close();
      server.close();
    });

    async function inBrowser(log: FileMap): Promise<z.infer<typeof answer>> {
      files = log;
      const page = await browser.newPage();
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === "string") throw new Error("the server has no port");
      await page.goto(`http://127.0.0.1:${address.port}/`);
      await page.waitForFunction("globalThis.answer !== undefined");
      const found: unknown = await page.evaluate("globalThis.answer");
      await page.close();
      return answer.parse(found);
    }

    it("gives the same verdicts and counts as in Node", async () => {
      const log = exportWorld(world, { disclose: true, manifest: false });
      const here = await judge(log, auditor(world), { tenants: [TENANT] });
      const there = await inBrowser(log);
      expect(there).toEqual({
        state: here.state,
        verdicts: here.verdicts.map(({ state }) => [state]),
        counts: here.counts,
        proof: "proven",
      });
      expect(stateOf(here)).toContain("verified:");
      expect(there.counts["bodiesOpened"]).toBeGreaterThan(30);
    });

    it("finds a changed byte at the same place", async () => {
      const spoiled = story();
      const part = entryAt(spoiled, VICTIM).parts[0];
      if (part) part.ct = Uint8Array.from(part.ct, (byte, i) => (i === 3 ? byte ^ 1 : byte));
      const there = await inBrowser(exportWorld(spoiled, { manifest: false }));
      expect(there.state).toBe("tampered");
      expect(there.verdicts[3]).toEqual(["tampered", `body_differs entry ${VICTIM}, part 0`]);
    });
  },
);
