import { expect, test } from "vitest";
import { known } from "#kernel";
import type { Findings } from "../../src/cli/doctor/findings.ts";
import { judge } from "../../src/cli/doctor/judge.ts";
import { well } from "./well.ts";

test.each<[string, Partial<Findings>, "warn" | "fail", string, string]>([
  [
    "T6 the database's clock was set",
    { ticketClock: known("It went back.") },
    "warn",
    "No ticket is closed for silence: It went back.",
    "ticket clock believe",
  ],
  [
    "T15 S1 tickets of somebody who left, and nobody was there to take them",
    { ticketOwners: known([{ prefix: "acme", unowned: 3 }]) },
    "fail",
    "3 open tickets of acme belong to somebody who left",
    "ticket desk set --tenant acme --owner",
  ],
  [
    "T15 a client whose owners are paged nowhere",
    { pagedNowhere: known(["acme"]) },
    "warn",
    "Owners of acme are paged nowhere: no place is set, and no webhook hears of it.",
    "countersign ticket desk set --tenant acme --page mail:ADDRESS",
  ],
])("%s: one line, with the next step", (_, found, status, what, next) => {
  expect(judge({ ...well, ...found }).filter((line) => line.status !== "ok")).toEqual([
    { status, what: expect.stringContaining(what), next: expect.stringContaining(next) },
  ]);
});
