import { expect, test } from "vitest";
import { known } from "#kernel";
import { judge } from "../../src/cli/doctor/judge.ts";
import { well } from "./well.ts";

const place = { prefix: "acme", directory: "clients/acme/constitution" };
const lines = (there: boolean, problems: readonly string[]) =>
  judge({ ...well, rules: known([{ ...place, there, problems }]) }).filter(({ status }) => status !== "ok");

test("a slip in a client's rules: what it is, what a server does meanwhile, and the command that shows all of it", () => {
  expect(lines(true, ["rules.cedar: It is misspelt.", "b: c"])).toMatchObject([
    {
      status: "fail",
      what: expect.stringMatching(
        /of acme do not load: rules\.cedar: It is misspelt, and 1 more\. .*starts anew carries out no call/,
      ),
      next: "countersign policy check clients/acme/constitution",
    },
  ]);
});

test("rules that are gone are not the same as rules that allow", () => {
  expect(lines(false, [])).toMatchObject([
    { status: "warn", what: expect.stringContaining("no folder clients/acme/constitution") },
  ]);
});
