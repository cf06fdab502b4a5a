// SoftHSM 2, a real PKCS#11 module: one store of tokens for this process, and as many tokens in it as are asked for.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pkcs11Place } from "#keys/io";

const MODULES = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/softhsm/libsofthsm.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];
const PIN = "0c6f1d2b7a";
let root: string | null = null;
let made = 0;

/** The module looks for its setting and for its tokens once in a process: all of them are in one store, made before. */
const TOKENS = 32;

function store(): string {
  if (root !== null) return root;
  root = mkdtempSync(join(tmpdir(), "countersign-hsm-"));
  mkdirSync(join(root, "tokens"));
  writeFileSync(join(root, "conf"), `directories.tokendir = ${join(root, "tokens")}\nlog.level = ERROR\n`);
  writeFileSync(join(root, "pin"), `${PIN}\n`, { mode: 0o600 });
  process.env["SOFTHSM2_CONF"] = join(root, "conf");
  for (let at = 1; at <= TOKENS; at += 1)
    execFileSync("softhsm2-util", ["--init-token", "--free", "--label", `token-${at}`, "--pin", PIN, "--so-pin", PIN]);
  return root;
}

/** A token that nobody has used. `softhsm2` (Debian) has to be there: scripts/ensure-test-tools.mjs. */
export function softHsm(): Pkcs11Place {
  const module = MODULES.find((path) => existsSync(path));
  if (module === undefined) throw new Error("SoftHSM 2 is not here: install softhsm2");
  const directory = store();
  made += 1;
  if (made > TOKENS) throw new Error("There are no more tokens: make more of them in test/support/softhsm.ts");
  return { module, token: { kind: "label", label: `token-${made}` }, pinFile: join(directory, "pin") };
}

export function removeSoftHsm(): void {
  if (root !== null) rmSync(root, { recursive: true, force: true });
}
