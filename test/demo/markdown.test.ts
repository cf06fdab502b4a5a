import { describe, expect, test } from "vitest";
import { markdown } from "../../src/demo/pages/markdown.ts";

describe("what somebody else chose stays text", () => {
  test.each([
    ["a script", "<script>alert(1)</script>"],
    ["an image with a handler", "<img src=x onerror=alert(1)>"],
    ["HTML inside a line", "branch <b onmouseover=alert(1)>x</b>"],
    ["a javascript link", "[x](javascript:alert(1))"],
    ["a javascript link in disguise", "[x](JaVaScRiPt&#58;alert(1))"],
    ["a data link", "[x](data:text/html,<script>1</script>)"],
    ["an autolink of a bad scheme", "<javascript:alert(1)>"],
    ["a protocol-relative link", "[x](//evil.example)"],
    ["a quote in a link's address", '[x](https://a.example/"onmouseover="alert(1))'],
    ["a title that breaks out", '[x](https://a.example "t\\" onmouseover=alert(1)")'],
    ["an image", "![x](https://evil.example/pixel.png)"],
    ["HTML in code", "`<script>`"],
    ["HTML in a heading", "### <script>"],
    [
      "a handler on a tag that is let through",
      "<details ontoggle=alert(1) open><summary onclick=alert(1)>x</summary></details>",
    ],
    ["a tag in a comment that never ends", "<!-- <script>alert(1)</script>"],
    ["a tag made of a comment", "<scr<!-- -->ipt>alert(1)</script>"],
    ["HTML in a table", "| a |\n|---|\n| <iframe> |"],
  ])("%s", (_, text) => {
    const out = markdown(text);
    expect(out).not.toMatch(/<(?:script|img|iframe|b|svg|style|object)\b/i);
    expect(out).not.toMatch(/<[^>]*\son\w+\s*=/i);
    expect(out).not.toMatch(/href="(?:javascript|data|\/\/)/i);
  });
});

test("Markdown's own markup is kept, its headings below the card's", () => {
  expect(markdown("### What to do next\n- `ann` may\n\n**now** [here](https://a.example)")).toBe(
    '<h3>What to do next</h3>\n<ul>\n<li><code>ann</code> may</li>\n</ul>\n<p><strong>now</strong> <a href="https://a.example" rel="noreferrer noopener">here</a></p>\n',
  );
});

test("our own folded parts fold, and the marks by which we know our comments again are not shown", () => {
  expect(
    markdown("- one\n\n<details><summary>Receipt</summary>\n\n`r1`\n\n</details>\n\n<!-- countersign:notice:1 -->"),
  ).toBe("<ul>\n<li>one</li>\n</ul>\n<details><summary>Receipt</summary>\n\n<p><code>r1</code></p>\n</details>\n\n");
});
