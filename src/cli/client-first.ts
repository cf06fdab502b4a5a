// Most commands take the client as `--tenant`; a few take it first, as their subject. Whoever mixes them up is understood all the same.

const TAKE_IT_FIRST: Readonly<Record<string, readonly string[]>> = {
  secret: ["set", "list", "remove", "rotate", "check"],
  "packet-key": ["list", "rotate", "revoke"],
  slack: ["connect", "check", "show", "disconnect"],
  mail: ["check"],
};

/** `secret list --tenant acme` becomes `secret list acme`. Everything else stays as it is. */
export function clientFirst(argv: readonly string[]): readonly string[] {
  const [group = "", command = "", ...rest] = argv;
  if (TAKE_IT_FIRST[group]?.includes(command) !== true) return argv;
  const at = rest.findIndex((each) => each === "--tenant" || each.startsWith("--tenant="));
  const [option = "", value] = rest.slice(at);
  const client = option === "--tenant" ? value : option.slice("--tenant=".length);
  if (at === -1 || client === undefined || client === "") return argv;
  return [group, command, client, ...rest.slice(0, at), ...rest.slice(at + (option === "--tenant" ? 2 : 1))];
}
