import { describe, expect, it } from "vitest";
import { instantOfMillis } from "#kernel";
import { besideLine, namedIn } from "../../src/tickets/beside.ts";

const at = instantOfMillis(Date.UTC(2026, 10, 23, 9, 12));
const line = { name: "ACME-7", frozen: false, zone: "Europe/Berlin" } as const;

describe("what a ticket is, as its pull requests say it", () => {
  it.each([
    [
      "the instant of what is next, and no span: it is true tomorrow, too",
      { ...line, state: "waiting_client", next: { action: "nudge_24h", at } },
      "ACME-7 is waiting for the client, the client's move. Next: nudge (Mon 23 Nov 10:12 Europe/Berlin).",
    ],
    [
      "a warning whose delivery nobody knows of yet",
      { ...line, state: "waiting_client", next: { action: "close", at: null } },
      "ACME-7 is waiting for the client, the client's move. Next: close as aged_out, once its warning is known to be delivered.",
    ],
    [
      "over",
      { ...line, state: "resolved", next: null },
      "ACME-7 is resolved, nobody's move. Nothing more happens by itself.",
    ],
    [
      "of a client on its way out",
      { ...line, state: "in_progress", next: { action: "page", at }, frozen: true },
      "ACME-7 is in progress, our move. Its clocks stand still.",
    ],
  ] as const)("%s", (_, beside, said) => {
    expect(besideLine(beside)).toBe(said);
  });
});

describe("tickets that a pull request names", () => {
  it.each([
    ["in its title", ["ACME-7: totals"], [7]],
    ["in its branch, in any case", ["fix/acme-7-totals"], [7]],
    ["twice is once, several are several", ["acme-7 ACME-7", "and ACME-12"], [7, 12]],
    ["another client's is none of this one's", ["GLOBEX-7"], []],
    ["a part of a longer word is none", ["XACME-7 ACME-7a pacme-7 my-acme-7 ACME-0"], []],
    [
      "who names more than five says of none after them what it is for",
      ["ACME-1 ACME-2 ACME-3 ACME-4 ACME-5 ACME-6"],
      [1, 2, 3, 4, 5],
    ],
  ] as const)("%s", (_, texts, numbers) => {
    expect(namedIn(texts, "acme")).toEqual(numbers);
  });
});
