// Words that are not whole before they are run, and what they could name then.

import { alternatives } from "./alternatives.ts";
import { isCredentialPath } from "./paths.ts";

/** `cat .e*`, `cat ~/.ss?/id*`, `cat {.env,x}`, `cat "$HOME/.ssh/id_rsa"`: the files whose names it could be. */
const KEPT = [
  ".env",
  ".env.local",
  ".npmrc",
  ".netrc",
  ".pgpass",
  ".git-credentials",
  ".ssh",
  "id_rsa",
  "id_ed25519",
  "credentials",
  ".vault-token",
];

/** As a shell takes it: what begins with `*` finds nothing whose name begins with a dot. More alternatives than can be told are all of them. */
export function mayBeCredential(written: string): boolean {
  const plain = written
    // What is not ended goes to the end: looked for again from each beginning, 8 KB of them would take seconds.
    .replaceAll(/\$\{\w+:?[-=+]([^}]*)(?:\}|$)/g, "$1")
    .replaceAll(/\$\{[^}]*(?:\}|$)|\$\([^)]*(?:\)|$)|`[^`]*(?:`|$)|\$\w+|\$[@*#?!]/g, "*")
    .replaceAll(/[@+?*]\(([^()]*)\)/g, (_, inner: string) => `{${inner.replaceAll("|", ",")},}`)
    .replaceAll(/!\([^)]*(?:\)|$)/g, "*")
    .replaceAll(/["'\\]/g, "");
  return alternatives(plain)?.some((each) => isCredentialPath(each) || each.split(/[/{},:]/).some(mayBeKept)) ?? true;
}

const mayBeKept = (part: string): boolean =>
  part !== "" &&
  part !== "*" &&
  KEPT.some((name) => (part.startsWith(".") || !name.startsWith(".")) && matches(part, name));

/** `*`, `?` and `[...]` as any one character or more. At each character: how far into the name it can be. */
function matches(pattern: string, name: string): boolean {
  let reached = new Set([0]);
  for (const token of pattern.slice(0, 64).replaceAll(/\[[!^]?\]?(?:\[:\w+:\]|[^\]])*\]/g, "?")) {
    const next = new Set<number>();
    for (const at of reached) {
      if (token === "*") for (let n = at; n <= name.length; n++) next.add(n);
      else if (at < name.length && (token === "?" || token === name.charAt(at))) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(name.length);
}
