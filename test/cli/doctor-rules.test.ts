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

test("fails closed: a policy server that does not answer is a fault with its way out, and one that does is told", () => {
  const url = "https://opa.example.com/v1/data/countersign/decision";
  const found = (problems: readonly string[]) =>
    judge({ ...well, opa: { url, problems } }).find(({ what }) => what.includes(url));
  expect(found([])).toMatchObject({ status: "ok" });
  expect(found(["It did not answer within 500 ms."])).toMatchObject({
    status: "fail",
    what: expect.stringMatching(/no call is carried out now: It did not answer/),
    next: expect.stringContaining("OPA_URL"),
  });
});
