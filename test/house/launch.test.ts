import { spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stage } from "./stage.ts";

let clone: ReturnType<typeof stage>;
beforeEach(() => {
  clone = stage();
});
afterEach(() => {
  clone.remove();
});

const launcher = (...args: string[]) => [join(clone.root, "scripts/run.mjs"), ...args];
const run = (file: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(file, args, { encoding: "utf8", env: { ...clone.env, ...env } });

describe("launching with the pinned Node", () => {
  it("H40 arguments, streams and exit code are the program's own; progress goes to stderr", () => {
    clone.write("src/main.ts", `console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;`);
    const first = run(process.execPath, launcher("src/main.ts", "gate", "check", "--json"));
    expect(first.status).toBe(7);
    expect(first.stdout).toBe(`["gate","check","--json"]\n`);
    expect(first.stderr).toContain("set-up finished");
  });

  it("L9 a crash leaves no image of the memory: neither of the program, nor of what it starts", () => {
    const soft = `import("node:child_process").then(({ execFileSync: run }) => console.log(run("/bin/sh", ["-c", "ulimit -c"]).toString().trim()))`;
    clone.write("src/main.ts", `${soft}.then(() => ${soft});`);
    expect(
      run("/bin/sh", ["-c", `ulimit -c unlimited; exec "$0" "$@"`, process.execPath, ...launcher("src/main.ts")])
        .stdout,
    ).toBe("0\n0\n");
  });

  it("H41 bin/countersign prints nothing of its own once set up, from any folder and through a link", () => {
    clone.write("src/main.ts", `console.log(process.argv.slice(2).join(" "));`);
    const link = join(clone.root, "elsewhere");
    symlinkSync("bin/countersign", link);
    run(link, ["first"]);
    const second = spawnSync(link, ["gate", "explain"], { encoding: "utf8", env: clone.env, cwd: tmpdir() });
    expect([second.stdout, second.stderr, second.status]).toEqual(["gate explain\n", "", 0]);
  });

  it("H42 a broken Node first on PATH, as npm arranges it, is not what starts", () => {
    clone.write("src/main.ts", `console.log("started");`);
    const bin = join(clone.root, "node_modules/.bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "node"), "#!/bin/sh\nexit 99\n");
    chmodSync(join(bin, "node"), 0o755);
    const path = `${bin}:${process.env["PATH"] ?? ""}`;
    expect(
      run(join(clone.root, "bin/countersign"), [], { PATH: path, npm_node_execpath: process.execPath }).stdout,
    ).toBe("started\n");
  });

  it("H43 no Node at all is said in a sentence", () => {
    const empty = mkdtempSync(join(tmpdir(), "countersign-path-"));
    for (const tool of ["dirname", "readlink"])
      symlinkSync(spawnSync("which", [tool], { encoding: "utf8" }).stdout.trim(), join(empty, tool));
    const result = spawnSync("/bin/sh", [join(clone.root, "bin/countersign")], {
      encoding: "utf8",
      env: { PATH: empty },
    });
    expect(result.stderr).toContain("install Node 20 or later");
    expect(result.status).toBe(1);
    rmSync(empty, { recursive: true });
  });

  it("H44 SIGTERM reaches the program, which ends in its own way", async () => {
    clone.write(
      "src/main.ts",
      `process.on("SIGTERM", () => { console.log("drained"); process.exit(3); }); setInterval(() => {}, 1e6); console.log("up");`,
    );
    const child = spawn(process.execPath, launcher("src/main.ts"), {
      env: clone.env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (output === "up\n") child.kill("SIGTERM");
    });
    const code = await new Promise((resolve) => {
      child.once("close", resolve);
    });
    expect([output, code]).toEqual(["up\ndrained\n", 3]);
  });

  it("H45 a clone that its user may not write to: one sentence, the way out, no stack", () => {
    const nobody = 65534;
    const asRoot = process.getuid?.() === 0;
    const node = join(clone.root, "host-node");
    if (asRoot) copyFileSync(process.execPath, node);
    else chmodSync(clone.root, 0o555);
    const result = spawnSync(asRoot ? node : process.execPath, launcher("src/main.ts"), {
      encoding: "utf8",
      env: { ...clone.env, HOME: "/" },
      ...(asRoot ? { uid: nobody, gid: nobody } : {}),
    });
    chmodSync(clone.root, 0o755);
    expect(result.stderr).toMatch(/^countersign: the user \S+ may not write to .+\n {2}What to do: .+\n$/);
    expect(result.stdout).toBe("");
    expect(result.status).toBe(1);
  });
});
