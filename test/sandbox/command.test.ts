import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readLines, sandboxCommand, type SandboxJob } from "#sandbox";

const job: SandboxJob = {
  command: ["/usr/bin/true"],
  environment: {},
  mounts: [],
  budget: { wallMs: 1, cpuSeconds: 1, memoryBytes: 1, processes: 1, workBytes: 1, outputBytes: 1 },
};
const argsOf = (over: Partial<SandboxJob>): readonly string[] => {
  const made = sandboxCommand({ ...job, ...over });
  if (made.kind === "refused") throw new Error(made.why);
  return made.args;
};

describe("a sandbox's arguments", () => {
  it("a word of the job is never an option: everything of it stands after bubblewrap's own --", () => {
    const args = argsOf({ command: ["/usr/bin/git", "--bind", "/", "/host"] });
    expect(args.indexOf("--bind")).toBeGreaterThan(args.indexOf("--"));
    expect(args.slice(-4)).toEqual(["/usr/bin/git", "--bind", "/", "/host"]);
  });

  it("mounts are read-only, and nothing of the host but /usr is there without one", () => {
    const args = argsOf({ mounts: [{ from: "/srv/checkout", at: "/in/repo" }] });
    const binds = args.flatMap((word, i) => (word.endsWith("bind") ? [args.slice(i, i + 3)] : []));
    expect(binds).toEqual([
      ["--ro-bind", "/usr", "/usr"],
      ["--ro-bind", "/srv/checkout", "/in/repo"],
    ]);
  });

  it.each<[string, Partial<SandboxJob>, RegExp]>([
    ["a mount over the root", { mounts: [{ from: "/srv", at: "/" }] }, /under \/in/],
    ["a mount over /usr", { mounts: [{ from: "/srv", at: "/usr" }] }, /under \/in/],
    ["a mount that climbs", { mounts: [{ from: "/srv", at: "/in/../usr" }] }, /under \/in/],
    ["a relative source", { mounts: [{ from: "srv", at: "/in/x" }] }, /absolute path of the host/],
    ["a relative program", { command: ["git"] }, /absolute path inside/],
    ["a NUL in an argument", { command: ["/bin/sh", "-c", "true\0"] }, /NUL/],
    ["a NUL in the environment", { environment: { A: "\0" } }, /NUL/],
    ["a name with an equals sign", { environment: { "A=B": "c" } }, /no name/],
    ["no time at all", { budget: { ...job.budget, wallMs: 0 } }, /wallMs/],
    ["no end of memory", { budget: { ...job.budget, memoryBytes: Infinity } }, /memoryBytes/],
    ["half a process", { budget: { ...job.budget, processes: 1.5 } }, /processes/],
  ])("fail closed: %s is refused by name", (_, over, why) => {
    expect(sandboxCommand({ ...job, ...over })).toMatchObject({ kind: "refused", why: expect.stringMatching(why) });
  });
});

describe("what a program says is believed as a whole or not at all", () => {
  const shape = z.strictObject({ n: z.int() });
  const read = (text: string): unknown => readLines(new TextEncoder().encode(text), shape);

  it.each([
    ["nothing", "", { kind: "lines", values: [] }],
    ["lines of the shape", '{"n":1}\n{"n":2}\n', { kind: "lines", values: [{ n: 1 }, { n: 2 }] }],
    ["a last line without its end", '{"n":1}', { kind: "lines", values: [{ n: 1 }] }],
    ["one that is no JSON", '{"n":1}\nSegmentation fault\n', { kind: "malformed", line: 2 }],
    ["one with a field more", '{"n":1,"approved":true}\n', { kind: "malformed", line: 1 }],
    ["an empty line between", '{"n":1}\n\n{"n":2}\n', { kind: "malformed", line: 2 }],
  ])("%s", (_, text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it("bytes that are no text", () => {
    expect(readLines(Uint8Array.of(0xff, 0xfe), shape)).toMatchObject({ kind: "malformed" });
  });
});
