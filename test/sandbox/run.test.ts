import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { refusedCalls, type SandboxBudget, type SandboxJob, type SandboxOutcome } from "#sandbox";
import { probeSandbox, runInSandbox } from "#sandbox/io";
import { countedServer } from "../support/counted-server.ts";
import { openDirectory } from "../support/directory.ts";

const folder = openDirectory("sandbox");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MB = 2 ** 20;
const budget: SandboxBudget = {
  wallMs: 20_000,
  cpuSeconds: 10,
  memoryBytes: 128 * MB,
  processes: 32,
  workBytes: 4 * MB,
  outputBytes: 100_000,
};
const shell = (script: string, over: Partial<SandboxJob> = {}): SandboxJob => ({
  command: ["/bin/sh", "-c", script],
  environment: {},
  mounts: [],
  budget,
  ...over,
});
const perl = (script: string): SandboxJob => shell("", { command: ["/usr/bin/perl", "-e", script] });
const said = (outcome: SandboxOutcome): string =>
  outcome.kind === "ended" ? Buffer.from(outcome.out).toString().trim() : JSON.stringify(outcome);
/** Processes of this machine whose command line holds the word. */
const running = (word: string): readonly string[] =>
  readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
      } catch {
        return false;
      }
    });

describe("X12 X14 a sandbox: what it gives", () => {
  it("this machine can keep a program in, and says with what", async () => {
    expect(await probeSandbox()).toMatchObject({ kind: "ready", version: expect.stringMatching(/^bubblewrap /) });
  });

  it("a program gets its input, its environment and its mounts, and its output and status come back", async () => {
    writeFileSync(join(folder, "given"), "read me\n", { mode: 0o644 });
    const outcome = await runInSandbox(
      shell('cat; cat /in/given; echo "$GREETING"; echo aside >&2; exit 7', {
        environment: { GREETING: "hello" },
        mounts: [{ from: join(folder, "given"), at: "/in/given" }],
      }),
      { input: Buffer.from("typed\n") },
    );
    expect(outcome).toMatchObject({ kind: "ended", status: 7 });
    expect(said(outcome)).toBe("typed\nread me\nhello");
  });

  it("one that leaves its input unread ends as it ends", async () => {
    expect(await runInSandbox(shell("exit 3"), { input: Buffer.alloc(MB) })).toMatchObject({
      kind: "ended",
      status: 3,
    });
  });
});

describe("X12 ways out of the sandbox, each tried from inside (invariant 29)", () => {
  const own = "COUNTERSIGN_SECRET_OF_THE_TEST";
  process.env[own] = "in our own environment";
  afterAll(() => Reflect.deleteProperty(process.env, own));

  it.each<[string, string, string]>([
    [
      "the host's files",
      "cat /etc/passwd /root/.ssh/id_rsa /proc/1/environ 2>/dev/null; ls /",
      "bin\ndev\nlib\nlib64\nsbin\ntmp\nusr\nwork",
    ],
    ["our environment, and our parent's through procfs", "env | grep -c SECRET; ls /proc 2>/dev/null | wc -l", "0\n0"],
    [
      "a write to the system, and to its own root",
      "for f in /usr/x /bin/x /x /in/x /dev/x; do ( : > $f ) 2>/dev/null && echo $f; done; echo no",
      "no",
    ],
    ["a mount made writable again", "mount -o remount,rw /usr 2>/dev/null && echo yes || echo no", "no"],
    ["a namespace of its own", "unshare -Ur id 2>/dev/null || echo no", "no"],
    ["root", "id -u; su 2>/dev/null || sudo id 2>/dev/null || echo no", "65534\nno"],
    ["a terminal of ours", "( : > /dev/tty ) 2>/dev/null && echo yes || echo no", "no"],
    ["a core dump", "ulimit -c", "0"],
  ])("%s", async (_, script, expected) => {
    const outcome = await runInSandbox(shell(script));
    expect(said(outcome).replace("bin\ndev\nin\nlib", "bin\ndev\nlib")).toBe(expected);
  });

  it("the network: neither the world, nor a server of this machine, nor any socket at all", async () => {
    const { port, hits, close } = await countedServer();
    const outcome = await runInSandbox(
      shell("", { command: ["/bin/bash", "-c", `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>&1; echo $?`] }),
    );
    close();
    expect(said(outcome)).toMatch(/Operation not permitted[^]*1$/);
    expect(hits).toEqual([]);
  });

  it.runIf(process.arch === "x64")("each system call of the list is refused by the kernel itself", async () => {
    const calls = [...refusedCalls("x64")].map(([name, nr]) => `${name} ${nr}`).join("\n");
    const outcome = await runInSandbox(
      perl(
        `for (split /\\n/, q{${calls}}) { my ($n, $nr) = split / /; $! = 0; my $r = syscall($nr, 0, 0, 0, 0, 0); print "$n $r ", $!+0, "\\n" if $r != -1 || $! != 1 }`,
      ),
    );
    expect(outcome).toMatchObject({ kind: "ended", status: 0 });
    expect(said(outcome)).toBe("");
  });

  it.runIf(process.arch === "x64")("a call by the 32-bit numbers ends the process", async () => {
    expect(await runInSandbox(perl("syscall(0x40000000 + 41, 2, 1, 0)"))).toMatchObject({ kind: "ended", status: 159 });
  });

  it("no capability is left, and none comes back", async () => {
    const outcome = await runInSandbox(
      perl("my $h = pack('Ll', 0x20080522, 0); my $d = \"\\0\" x 24; syscall(125, $h, $d); print unpack('H*', $d)"),
    );
    if (process.arch === "x64") expect(said(outcome)).toBe("00".repeat(24));
  });
});

describe("X6 X12 budgets: past them it is ended, with all that it has started (invariant 29)", () => {
  const fast = { ...budget, wallMs: 700 };

  it.each<[string, SandboxJob, object]>([
    ["time", shell("sleep 60", { budget: fast }), { kind: "over_budget", of: "wall" }],
    [
      "the processor",
      shell("while :; do :; done", { budget: { ...budget, cpuSeconds: 1 } }),
      { kind: "over_budget", of: "cpu" },
    ],
    ["output", shell("yes", { budget }), { kind: "over_budget", of: "output" }],
    ["error output", shell("yes >&2", { budget }), { kind: "over_budget", of: "output" }],
  ])("%s", async (_, job, expected) => {
    expect(await runInSandbox(job)).toEqual(expected);
  });

  it("memory: a program that asks for more is told no", async () => {
    const outcome = await runInSandbox(perl("my $x = 'a' x (512 * 1024 * 1024); print length $x"));
    expect(said(outcome)).toBe("");
    expect(outcome).not.toMatchObject({ status: 0 });
  });

  it("a fork bomb stays below its number of processes", async () => {
    const word = "fork-bomb-of-the-test";
    // Where the bomb leaves no process to be had, a shell that starts one ends with status 2. So this one starts the bomb in one process, while
    // there are all of them (called by itself, `bomb | bomb &` is two, and the first may have taken what the second needs), and then becomes `sleep`.
    const bomb = shell(`bomb() { bomb | bomb & }; (bomb) 2>/dev/null & : ${word}; exec sleep 30`, { budget: fast });
    expect(await runInSandbox(bomb)).toEqual({ kind: "over_budget", of: "wall" });
    expect(running(word)).toEqual([]);
  });

  it("the place it may write to is full at its size", async () => {
    const outcome = await runInSandbox(
      shell("for i in 1 2 3; do dd if=/dev/zero of=/work/$i bs=1M count=3 2>/dev/null; done; du -sm /work | cut -f1"),
    );
    expect(Number(said(outcome))).toBeLessThanOrEqual(4);
  });

  it("X2 the caller's signal kills it within a second, and whatever it left behind", async () => {
    const word = "left-behind-by-the-test";
    const controller = new AbortController();
    const run = runInSandbox(shell(`(setsid sh -c ': ${word}; sleep 60' &) ; sleep 60`), { signal: controller.signal });
    // Its own word is the sign that it runs.
    while (running(word).length === 0) await new Promise((resolve) => setImmediate(resolve));
    const began = performance.now();
    controller.abort();
    expect(await run).toEqual({ kind: "killed" });
    expect(performance.now() - began).toBeLessThan(1_000);
    while (running(word).length > 0 && performance.now() - began < 1_000)
      await new Promise((resolve) => setImmediate(resolve));
    expect(running(word)).toEqual([]);
  });

  it("one that was called off before it began does not begin", async () => {
    expect(await runInSandbox(shell("true"), { signal: AbortSignal.abort() })).toEqual({ kind: "killed" });
  });
});

describe("fail closed: where there is no sandbox, nothing runs", () => {
  it("a mount that is not there", async () => {
    const outcome = await runInSandbox(shell("echo ran", { mounts: [{ from: join(folder, "absent"), at: "/in/x" }] }));
    expect(outcome).toMatchObject({ kind: "refused", why: expect.stringMatching(/^The sandbox could not be set up/) });
  });

  it("a machine that gives no namespaces: doctor says why, and what to do", async () => {
    // Such a machine is inside a sandbox.
    const here = join(import.meta.dirname, "../..");
    for (const part of ["package.json", "src/sandbox", "src/platform/process"])
      cpSync(join(here, part), join(folder, "repository", part), { recursive: true });
    copyFileSync(process.execPath, join(folder, "node"));
    const outcome = await runInSandbox({
      command: [
        "/in/node",
        "--input-type=module",
        "--eval",
        'const { probeSandbox } = await import("/in/repository/src/sandbox/io/probe.ts"); console.log(JSON.stringify(await probeSandbox()))',
      ],
      environment: {},
      mounts: [
        { from: join(folder, "node"), at: "/in/node" },
        { from: join(folder, "repository"), at: "/in/repository" },
      ],
      budget: { ...budget, memoryBytes: 1_024 * MB },
    });
    expect(JSON.parse(said(outcome))).toMatchObject({
      kind: "missing",
      why: expect.stringMatching(/^The sandbox could not be set up: /),
      next: expect.stringMatching(/^Allow unprivileged user namespaces/),
    });
  });
});
