// Whoever may write in a client's folder wants its removal to reach further: through a link, before it or in the middle of it.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"; // prettier-ignore
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openClients, type Clients } from "#tenants/io";

/** A folder, and a link in its place, as fast as one thread can. */
const SWAP = `
const { renameSync, symlinkSync, unlinkSync } = require("node:fs");
const { parentPort, workerData: { a, to } } = require("node:worker_threads");
parentPort.postMessage("on");
for (;;) {
  try { renameSync(a, a + "-was"); } catch {}
  try { symlinkSync(to, a); } catch {}
  try { unlinkSync(a); } catch {}
  try { renameSync(a + "-was", a); } catch {}
}`;

let root: string;
let clients: Clients;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "countersign-leaving-"));
  clients = await openClients(join(root, "clients"));
  mkdirSync(join(root, "precious"));
  for (let at = 0; at < 200; at += 1) writeFileSync(join(root, `precious/${at}`), "keep me");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const folder = (path = ""): string => join(root, "clients/acme", path);
const untouched = (): void => {
  expect(readdirSync(join(root, "precious"))).toHaveLength(200);
  expect(readFileSync(join(root, "precious/0"), "utf8")).toBe("keep me");
};

describe("R2, T1 removing a client's folder", () => {
  it("P7 a link in it goes, and what it leads to stays", async () => {
    mkdirSync(folder("constitution/deep"), { recursive: true });
    writeFileSync(folder(".env"), "x");
    symlinkSync(join(root, "precious"), folder("tools"));
    symlinkSync(join(root, "precious"), folder("constitution/deep/link"));
    symlinkSync(join(root, "precious/0"), folder("file"));
    expect(await clients.remove("acme")).toBe(4);
    expect(existsSync(folder())).toBe(false);
    untouched();
  });

  it("P7 fails closed: the folder itself is a link, or a folder above it became one", async () => {
    symlinkSync(join(root, "precious"), folder());
    await expect(clients.remove("acme")).rejects.toMatchObject({ code: "config_invalid" });
    rmSync(folder());
    renameSync(join(root, "clients"), join(root, "moved"));
    mkdirSync(join(root, "elsewhere/acme"), { recursive: true });
    writeFileSync(join(root, "elsewhere/acme/1"), "keep me");
    symlinkSync(join(root, "elsewhere"), join(root, "clients"));
    await expect(clients.remove("acme")).rejects.toMatchObject({ code: "config_invalid" });
    expect(existsSync(join(root, "elsewhere/acme/1"))).toBe(true);
    untouched();
  });

  it.each(["..", "acme/../../precious", ".", ""])("P4 fails closed: %j is nobody's folder", async (prefix) => {
    await expect(clients.remove(prefix)).rejects.toMatchObject({ code: "input_invalid" });
    untouched();
  });

  it.runIf(process.platform === "linux")(
    "P7 folders are swapped for links all the while it works: nothing outside goes",
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < 6; round += 1) {
        mkdirSync(folder("a"), { recursive: true });
        for (let at = 0; at < 300; at += 1) mkdirSync(folder(`a/${at}`));
        const swapping = new Worker(SWAP, { eval: true, workerData: { a: folder("a"), to: join(root, "precious") } });
        await once(swapping, "message");
        await clients.remove("acme").catch(() => 0);
        await swapping.terminate();
        untouched();
        await clients.remove("acme");
        expect(existsSync(folder())).toBe(false);
      }
    },
  );

  it("nothing there: nothing to do", async () => {
    expect(await clients.remove("acme")).toBe(0);
  });
});
