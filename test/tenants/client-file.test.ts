import { describe, expect, it } from "vitest";
import { clientFiles, parseClientFile } from "#tenants";
import { instantOfMillis, tenantId } from "#kernel";

const HASH = "a".repeat(64);

describe("client.yml is read strictly", () => {
  it("columns that agents never see, functions that they may call", () => {
    const text = `sql:\n  mask: [shop.customers.email, shop.cards.*, 'shop."Odd Name"."E-Mail"']\n  allow_functions:\n    - function: shop.vat\n      sha256: ${HASH}\n      reason: "It multiplies, and reads nothing."\n`;
    expect(parseClientFile(text)).toEqual({
      kind: "file",
      file: {
        masks: [
          { schema: "shop", table: "customers", column: "email" },
          { schema: "shop", table: "cards", column: null },
          { schema: "shop", table: "Odd Name", column: "E-Mail" },
        ],
        functions: [{ schema: "shop", name: "vat", sha256: HASH, reason: "It multiplies, and reads nothing." }],
      },
    });
  });

  it("none, an empty one, and the one that onboarding writes ask for nothing", () => {
    const id = tenantId("01890000-0000-7000-8000-000000000001") ?? expect.unreachable();
    const made = clientFiles({ tenantId: id, prefix: "acme", region: "eu", slot: 1, since: instantOfMillis(0) });
    for (const text of [null, "", "# nothing\n", made.get("client.yml") ?? "absent"])
      expect(parseClientFile(text)).toEqual({ kind: "file", file: { masks: [], functions: [] } });
  });

  it.each([
    ["a setting that is not there", "sql:\n  masks: [a.b.c]\n", /"sql\.masks" is no setting\. There are: .*mask/],
    ["notes in the wrong place", "phone: 5\n", /Put what is for people under notes/],
    ["a column without its schema", "sql:\n  mask: [customers.email]\n", /write schema\.table\.column/],
    ["capitals without quotes: PostgreSQL's name would be another", "sql:\n  mask: [shop.Customers.email]\n", /in quotes/],
    ["a function with arguments", `sql:\n  allow_functions: [{function: "shop.f(int)", sha256: ${HASH}, reason: "because it is fine"}]\n`, /without arguments/],
    ["a function without a reason", `sql:\n  allow_functions: [{function: shop.f, sha256: ${HASH}, reason: ok}]\n`, /why an agent may call it/],
    ["a function without its hash", `sql:\n  allow_functions: [{function: shop.f, reason: "because it is fine"}]\n`, /sha256/],
    ["no YAML", "sql: [", /line 1: it is no YAML/],
    ["an alias", "notes: &a [1]\nsql: *a\n", /alias|no readable YAML/],
    ["a set, an object in which nothing is listed", "sql: !!set {mask}\n", /Unresolved tag/],
    ["an ordered map under an older YAML", "%YAML 1.1\n---\nsql: !!omap [mask: [a.b.c]]\n", /Unresolved tag/],
    ["a comment that a lone carriage return does not end", "# mine\rsql: {mask: [a.b.c]}\n", /carriage return/],
    ["the same key twice", "sql: {mask: [a.b.c]}\nsql: {mask: []}\n", /unique/],
    ["a second document", "sql: {mask: []}\n---\nsql: {mask: [a.b.c]}\n", /multiple documents/],
    ["nothing under sql", "sql:\n", /expected object, received null/],
    ["the prototype of every object", "sql: {__proto__: {mask: [a.b.c]}}\n", /"sql\.__proto__" is no setting/],
    ["what a terminal would obey, told without it", "\u001b[2J: 1\n", /"\\u001b\[2J" is no setting/],
    ["a list", "- sql\n", /expected object/i],
  ])("refused, with what to write: %s", (_sentence, text, problem) => {
    const result = parseClientFile(text);
    expect(result.kind).toBe("refused");
    expect(result.kind === "refused" && result.problems.join("\n")).toMatch(problem);
  }); // prettier-ignore
});
