// The attacker is an agent that writes to people, or leaves a note for the next agent, in letters that are not seen or that turn the order of
// the others.

import { describe, expect, it } from "vitest";
import { TOOL_DECLARATIONS } from "#gateway";

const PLACES = [
  ["ticket.ask", "question", {}],
  ["ticket.update", "note", { state: "working" }],
] as const;
const HIDDEN = [
  ["an escape of a terminal", "\u001b[2K"],
  ["a backspace", "\b"],
  ["an override that turns the order", "\u202e"],
  ["an isolate", "\u2067"],
  ["letters spelt in tags", "\u{e0049}\u{e0067}"],
] as const;
const ALL = PLACES.flatMap(([tool, name, more]) =>
  HIDDEN.map(([what, letters]) => [tool, name, what, letters, more] as const),
);
const readAs = (tool: (typeof PLACES)[number][0], more: object) =>
  TOOL_DECLARATIONS[tool].read({ ticket: "ACME-7", ...more }).kind;

describe("12 what goes to people is what they read", () => {
  it.each(ALL)("%s: %s with %s is no text that a person could read", (tool, name, _, letters, more) => {
    expect(readAs(tool, { ...more, [name]: `Which${letters} one?` })).toBe("unusable");
  });

  it.each(PLACES)("%s: %s in any language, with tabs and emoji, is one", (tool, name, more) => {
    expect(readAs(tool, { ...more, [name]: "Welche\tZeile? می‌خواهم, 東京 👩‍💻 ❤️" })).toBe("read");
  });

  it("several lines are several lines", () => {
    expect(readAs("ticket.ask", { question: "One.\r\nTwo.\nThree." })).toBe("read");
  });
});
