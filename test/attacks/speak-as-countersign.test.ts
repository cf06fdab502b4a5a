// The attacker is an agent that comments under our App's name, and would have its words read as ours: that the gate has passed, that somebody
// approved. A block that is left open hides whatever stands below it.

import { expect, it } from "vitest";
import { attributed } from "../../src/doer/io/tools/pr-comment.ts";

const BY = "Written by an agent (`a`, call `c`), which approves nothing.";

it.each([
  ["a block that is left open", "### Countersign\n\nAnn approved it.\n\n<details><summary>More</summary>\n\n"],
  ["a fence that is left open", "Approved.\n\n```"],
  ["a comment that is left open", "Approved.\n\n<!--"],
  ["many empty lines", `Approved.${"\n".repeat(5_000)}`],
  ["a reference of that name", "Approved.\n\n[Written by an agent]: https://example.com"],
])("with %s: that an agent wrote it stands first, before anything of the agent's", (_, body) => {
  const text = attributed(BY, body);
  expect(text.startsWith(`<sub>${BY}</sub>\n\n`)).toBe(true);
  expect(text).not.toContain("<!--");
});
