import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, writeProblem } from "./host.mjs";
import { Problem } from "./problem.mjs";

/** Two starts at once take turns: the second waits for the first one's installation instead of tearing at it. */

const POLL_MS = 200;
const LONGEST_WAIT_MS = 20 * 60_000;

/** @param {string} text */
function holderOf(text) {
  const [pid, host] = text.trim().split(" ");
  return { pid: Number(pid), host: host ?? "" };
}

/** @param {{ pid: number, host: string }} holder */
function isAlive({ pid, host }) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (host !== hostname()) return true; // Another machine on a shared disk: only it can tell.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/**
 * @param {string} path
 * @param {string} mine
 */
function tryTake(path, mine) {
  try {
    writeFileSync(path, mine, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw writeProblem(path, error);
  }
}

/**
 * INVARIANT: a living holder's lock is never lost. Between reading a dead one and moving it away somebody else may have taken the turn;
 * what was moved is looked at again, and put back when it is not the dead one.
 * @param {string} path
 * @param {string} dead
 */
function clearAway(path, dead) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== dead) {
    try {
      linkSync(aside, path);
    } catch {
      // Somebody holds it again already.
    }
  }
  rmSync(aside, { force: true });
}

/**
 * @param {string} path
 * @param {(line: string) => void} say
 * @param {{ longestWaitMs?: number }} [limits]
 * @returns {Promise<() => void>} gives the turn back
 */
export async function takeTurn(path, say, limits = {}) {
  const mine = `${process.pid} ${hostname()}\n`;
  const until = Date.now() + (limits.longestWaitMs ?? LONGEST_WAIT_MS);
  let told = false;
  while (!tryTake(path, mine)) {
    const text = read(path);
    // An empty lock is one that is just being written: it counts as alive until the wait is over.
    if (text === null) continue;
    const holder = holderOf(text);
    if (text !== "" && !isAlive(holder)) {
      clearAway(path, text);
      continue;
    }
    if (!told) say(`another start (process ${holder.pid}) is setting up; waiting for it`);
    told = true;
    if (Date.now() > until)
      throw new Problem(
        `another start (process ${holder.pid}) has been setting up for too long.`,
        `end it, delete ${path}, then run the same command again.`,
      );
    await sleep(POLL_MS);
  }
  return () => {
    if (read(path) === mine) rmSync(path, { force: true });
  };
}
