import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { Problem } from "./problem.mjs";

/** The host's Node only starts the pinned one; it needs to be young enough for npm and for these scripts. */
export const OLDEST_NODE = 20;

/**
 * @param {string} version as in process.versions.node
 * @returns {Problem | null}
 */
export function hostNodeProblem(version) {
  const major = Number.parseInt(version, 10);
  if (major >= OLDEST_NODE) return null;
  return new Problem(
    `Node ${version} is too old to set Countersign up.`,
    `install Node ${OLDEST_NODE} or later (https://nodejs.org), then run the same command again. Countersign itself brings its own Node.`,
  );
}

/** @param {unknown} error */
export const codeOf = (error) =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/**
 * Makes the folder and proves that it can be written to, before minutes are spent on a download.
 * @param {string} folder
 */
export function writableFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw writeProblem(folder, error);
  }
}

/**
 * @param {string} path
 * @param {unknown} error
 */
export function writeProblem(path, error) {
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull(path);
  if (code === "ENOTDIR" || code === "EEXIST")
    return new Problem(`${path} should be a folder, but is not.`, `move it away, then run the same command again.`);
  const who = userInfo().username;
  return new Problem(
    `the user ${who} may not write to ${path}.`,
    existsSync(path)
      ? `give the folder to that user (sudo chown -R ${who} ${path}), or clone the repository into a folder of your own.`
      : `clone the repository into a folder that ${who} may write to.`,
  );
}

/** @param {string} path */
export const diskFull = (path) =>
  new Problem(
    `the disk that holds ${path} is full.`,
    `free about 2 GB, then run the same command again; it starts over cleanly.`,
  );
