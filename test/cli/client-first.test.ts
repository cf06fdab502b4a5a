import { expect, it } from "vitest";
import { clientFirst } from "../../src/cli/client-first.ts";

it.each([
  ["secret set --tenant acme TOKEN", "secret set acme TOKEN"],
  ["secret set TOKEN --tenant acme", "secret set acme TOKEN"],
  ["secret check --tenant=acme", "secret check acme"],
  ["packet-key revoke KID --tenant acme --json", "packet-key revoke acme KID --json"],
  ["slack connect --tenant acme --team T1", "slack connect acme --team T1"],
  ["mail check --tenant acme", "mail check acme"],
])("a command that takes the client first takes it as --tenant, too: %s", (typed, meant) => {
  expect(clientFirst(typed.split(" "))).toEqual(meant.split(" "));
});

it.each([
  "secret set acme TOKEN",
  "ticket list --tenant acme",
  "mail quarantine list --tenant acme",
  "secret list --tenant",
  "doctor",
])("what is said as it should be stays so: %s", (typed) => {
  expect(clientFirst(typed.split(" "))).toEqual(typed.split(" "));
});
