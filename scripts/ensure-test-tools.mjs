import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Of golang.org/x/mod, as Debian has it: read by Go without a network. */
export const goLibrary = "/usr/share/gocode/src/golang.org/x/mod/sumdb/note/note.go";

/**
 * System packages that tests use and npm cannot bring. Here when one of the commands is, or the file.
 * @type {readonly { readonly commands: readonly string[], readonly file: string | null, readonly debian: string, readonly why: string, readonly without: "will be skipped" | "fails" }[]}
 */
export const TOOLS = [
  {
    commands: ["chromium", "chromium-browser", "google-chrome"],
    file: null,
    debian: "chromium",
    why: "the browser check of the demo's pages",
    without: "will be skipped",
  },
  {
    commands: ["go"],
    file: null,
    debian: "golang-go",
    why: "the check of our proofs by Go's libraries",
    without: "fails",
  },
  {
    commands: [],
    file: goLibrary,
    debian: "golang-golang-x-mod-dev",
    why: "the check of our proofs by Go's libraries",
    without: "fails",
  },
  {
    commands: ["openssl"],
    file: null,
    debian: "openssl",
    why: "the check of our signatures and timestamps by openssl",
    without: "fails",
  },
  {
    commands: ["curl"],
    file: null,
    debian: "curl",
    why: "the auditor's guide, followed word by word",
    without: "fails",
  },
  {
    commands: ["bwrap"],
    file: null,
    debian: "bubblewrap",
    why: "the attempts to get out of the sandbox",
    without: "fails",
  },
  {
    commands: ["pgbouncer"],
    // Not everybody has it on PATH.
    file: "/usr/sbin/pgbouncer",
    debian: "pgbouncer",
    why: "the check of tenants' isolation through a transaction pooler",
    without: "fails",
  },
  {
    commands: ["softhsm2-util"],
    file: null,
    debian: "softhsm2",
    why: "the check of tenants' keys in an HSM (PKCS#11)",
    without: "fails",
  },
  {
    commands: ["kcat"],
    file: null,
    debian: "kcat",
    why: "the check of packets on their way through Kafka",
    without: "fails",
  },
  {
    commands: ["faketime"],
    debian: "faketime",
    file: null,
    why: "the check of tickets' timers on a database whose clock is moved",
    without: "fails",
  },
  {
    commands: ["dovecot"],
    // Not everybody has it on PATH.
    file: "/usr/sbin/dovecot",
    debian: "dovecot-imapd",
    why: "tickets by mail from a real IMAP server",
    without: "fails",
  },
  {
    commands: ["mariadbd"],
    // Not everybody has it on PATH.
    file: "/usr/sbin/mariadbd",
    debian: "mariadb-server-core",
    why: "the SQL guard's statements on a real MariaDB",
    without: "fails",
  },
  {
    // mariadb-install-db asks for it.
    commands: ["my_print_defaults"],
    file: null,
    debian: "mariadb-client-core",
    why: "the SQL guard's statements on a real MariaDB",
    without: "fails",
  },
];

/** @param {string} command */
function onPath(command) {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const say = (/** @type {string} */ line) => process.stderr.write(`countersign: ${line}\n`);

/** Installs what is missing when it may (root on Debian or Ubuntu), else says in one line how to. Never a reason not to run the other tests. */
export function ensureTestTools() {
  for (const tool of TOOLS.filter(
    ({ commands, file }) => !commands.some(onPath) && (file === null || !existsSync(file)),
  )) {
    const isRoot = process.getuid?.() === 0;
    if (!isRoot || !onPath("apt-get")) {
      say(
        `${tool.debian} is not installed, so ${tool.why} ${tool.without}; to include it: sudo apt-get install -y ${tool.debian}`,
      );
      continue;
    }
    say(`installing ${tool.debian}, for ${tool.why} (once, about a minute)`);
    const apt = (/** @type {string[]} */ ...args) =>
      spawnSync("apt-get", args, {
        stdio: "ignore",
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
        timeout: 10 * 60_000,
      }).status === 0;
    const installed =
      apt("install", "-y", "-qq", "--no-install-recommends", tool.debian) ||
      (apt("update", "-qq") && apt("install", "-y", "-qq", "--no-install-recommends", tool.debian));
    if (!installed)
      say(
        `${tool.debian} could not be installed, so ${tool.why} ${tool.without}; by hand: apt-get update && apt-get install ${tool.debian}`,
      );
  }
}
