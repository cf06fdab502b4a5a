// A comment notifies nobody. GitHub looks for names after it has read the Markdown: entities are letters by then, and markup is gone.
import { expect, it } from "vitest";
import { quiet } from "../../src/doer/io/tools/pr-comment.ts";

it.each([
  "@ann", "look @ann", "(@ann)", "_@ann_", "__@ann__", "*@ann*", "`@ann", "/@ann", "x/@ann", "\\@ann", "&#64;ann", "&#x40;ann",
  "&#0064;ann", "&commat;ann", "&COMMAT;ann", ">@acme/owners", "\u00e9@ann", "@@ann",
])("%j calls nobody", (text) => {
  expect(quiet(text)).not.toMatch(/@[A-Za-z0-9]|&#|commat/i);
}); // prettier-ignore

it("an address of mail stays what it is", () => {
  expect(quiet("write to ann@example.com")).toBe("write to ann@example.com");
});
