// What was taken away beneath a server: an older database, a key, the App's own key at GitHub.

import { expect, test } from "vitest";
import { known } from "#kernel";
import type { Findings } from "../../src/cli/doctor/findings.ts";
import { judge } from "../../src/cli/doctor/judge.ts";
import { at, log, well } from "./well.ts";

const cases: readonly (readonly [string, Partial<Findings>, "warn" | "fail", string, string])[] = [
  [
    "the database is an older backup, beneath a server that runs",
    { log: { ...log, diverged: "The audit log in this database is not the one that was signed." } },
    "fail",
    "not the one that was signed. A server that runs on it tells nobody anything",
    "restore a newer one (docs/runbooks/restore.md)",
  ],
  [
    "a client's key is gone from the key store",
    { keys: known([{ prefix: "acme", closed: "Its key is not there.", kek: 1, env: 0, unrevoked: 0 }]) },
    "fail",
    "Nothing of acme can be read or written. Its key is not there.",
    "Put it back from the backup of KEYS_DIR",
  ],
  [
    "GitHub does not take the App's key any more",
    { channels: known([{ prefix: "acme", channel: "github", notices: 1, oldest: at }]) },
    "warn",
    "the App's key or its installation is missing, or is not accepted any more",
    "by themselves within a quarter of an hour",
  ],
];

test.each(cases)("%s", (_, change, status, what, next) => {
  const lines = judge({ ...well, ...change }).filter((line) => line.status !== "ok");
  expect(lines).toEqual([{ status, what: expect.stringContaining(what), next: expect.stringContaining(next) }]);
});
