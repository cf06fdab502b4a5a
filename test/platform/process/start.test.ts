import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { inherited, readProgram, runProgram, startProgram, startScript } from "#platform/process";

const SECRET = "ghs_12345_a-secret-of-ours-in-our-own-environment";
const NAMES = ["PRIVATE_KEY", "DATABASE_URL", "NODE_OPTIONS_OF_OURS"];
const folder = mkdtempSync(join(tmpdir(), "countersign-process-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  for (const name of NAMES) process.env[name] = SECRET;
});
afterEach(() => {
  for (const name of NAMES) Reflect.deleteProperty(process.env, name);
});

const PRINT = { program: process.execPath, args: ["-e", "process.stdout.write(JSON.stringify(process.env))"] };

describe("L8 a child prints its environment, and no secret of ours is in it", () => {
  it("read by its output", async () => {
    const read = await readProgram({ ...PRINT, env: { GIVEN: "yes" } });
    expect(read.kind === "ended" ? JSON.parse(read.out.toString()) : read).toEqual({ GIVEN: "yes" });
  });

  it("run to its end", () => {
    expect(JSON.parse(runProgram({ ...PRINT, env: {} }).stdout)).toEqual({});
  });

  it("started beside us", async () => {
    const child = startProgram({ ...PRINT, env: inherited("PATH") }, { stdio: ["ignore", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout ?? []) chunks.push(Buffer.from(chunk));
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({ PATH: process.env["PATH"] });
  });

  it("our own script: only the number of its channel, which Node takes out again", async () => {
    const script = join(folder, "print.mjs");
    writeFileSync(script, "process.send(JSON.stringify(process.env));");
    const child = startScript(pathToFileURL(script), {});
    const message = await new Promise((resolve) => child.once("message", resolve));
    expect(String(message)).not.toContain(SECRET);
    expect(message).toBe("{}");
  });

  it("options that were made elsewhere bring no environment and no shell", () => {
    const elsewhere = { cwd: folder, env: { LEAK: SECRET }, shell: true };
    expect(JSON.parse(runProgram({ ...PRINT, env: {} }, elsewhere).stdout)).toEqual({});
  });
});

it("a program that fails is told with what it said", async () => {
  const args = ["-e", "console.error('because of this'); process.exitCode = 3"];
  expect(await readProgram({ program: process.execPath, args, env: {} })).toMatchObject({
    kind: "failed",
    error: "because of this",
  });
});
