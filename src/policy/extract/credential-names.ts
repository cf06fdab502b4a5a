// Words that are not whole before they are run, and what they could name then.

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

export function mayBeCredential(written: string): boolean {
  const plain = written
    .replaceAll(/\$\{\w+:?[-=+]([^}]*)\}/g, "$1")
    .replaceAll(/\$\{[^}]*\}|\$\([^)]*\)|`[^`]*`|\$\w+|\$[@*#?!]|[@+!?*]\([^)]*\)/g, "*")
    .replaceAll(/["'\\]/g, "");
  return plain
    .split(/[/{},]/)
    .filter((part) => part !== "" && part !== "*")
    .some((part) => KEPT.some((name) => matches(part, name)));
}

/** `*`, `?` and `[...]` as any one character or more. At each character: how far into the name it can be. */
function matches(pattern: string, name: string): boolean {
  if (pattern.startsWith(".") !== name.startsWith(".")) return false;
  let reached = new Set([0]);
  for (const token of pattern.replaceAll(/\[[^\]]*\]/g, "?").slice(0, 64)) {
    const next = new Set<number>();
    for (const at of reached) {
      if (token === "*") for (let n = at; n <= name.length; n++) next.add(n);
      else if (at < name.length && (token === "?" || token === name.charAt(at))) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(name.length);
}
