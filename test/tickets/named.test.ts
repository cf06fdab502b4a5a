import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantOfMillis } from "#kernel";
import { clientOf, nextActFirst, ticketNamed, type NextShown } from "#tickets";

describe("what somebody calls a ticket", () => {
  it.each<readonly [string, string | null, string]>([
    ["ACME-7", "acme", "in any case"],
    ["acme-7", "acme", "in any case"],
    ["7", null, "a number says nothing of its client"],
    ["01890a5d-ac96-774b-bcce-b302099a8057", null, "an id says nothing of its client"],
    ["ACME-0", null, "there is no number 0"],
    ["ACME-7-8", null, "it is no name"],
    ["ac_me-7", null, "no client is called so"],
  ])("%s is of client %s: %s", (text, client, _why) => {
    expect(clientOf(text)).toBe(client);
  });

  it("a client's own name is read back as its number, and as nothing by any other client", () => {
    expect(ticketNamed("ACME-7", "acme")).toBe(7);
    expect(ticketNamed("ACME-7", "globex")).toBeNull();
  });
});

describe("tickets of every client, the next automatic act first", () => {
  const due = (at: number | null): NextShown => ({
    action: "close",
    at: at === null ? null : instantOfMillis(at),
    words: "",
  });
  const of = (name: string, next: NextShown | null) => ({ name, number: Number(name.split("-")[1]), next });

  it("what waits for a delivery comes after it, and what is over at the end", () => {
    const all = [of("ACME-1", null), of("GLOBEX-4", due(9)), of("ACME-3", due(null)), of("ACME-2", due(5))];
    expect(all.toSorted(nextActFirst).map(({ name }) => name)).toEqual(["ACME-2", "GLOBEX-4", "ACME-3", "ACME-1"]);
  });

  it("is one order, however they come", () => {
    const one = fc
      .record({
        client: fc.constantFrom("ACME", "GLOBEX"),
        number: fc.integer({ min: 1, max: 4 }),
        at: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
        over: fc.boolean(),
      })
      .map(({ client, number, at, over }) => of(`${client}-${number}`, over ? null : due(at)));
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: ({ name }) => name }), (all) => {
        expect(all.toReversed().toSorted(nextActFirst)).toEqual(all.toSorted(nextActFirst));
      }),
    );
  });
});
