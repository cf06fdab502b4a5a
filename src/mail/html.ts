// HTML as words, for a mail that has no plain part. What is shown is text: nothing of it is ever rendered, and what it hides from a mail
// program's reader is words here like all others. INVARIANT: one pass from left to right: no mail makes it slow.

const UNSEEN = new Set(["script", "style", "head", "title", "template"]);
const ENDS_A_LINE = new Set(["br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"]);

export function wordsOfHtml(html: string): string {
  const lower = html.toLowerCase();
  const words: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    words.push(html.slice(at, open < 0 ? html.length : open));
    if (open < 0) break;
    const comment = html.startsWith("<!--", open);
    const tag = /^<\/?([a-z][a-z0-9]*)/.exec(lower.slice(open, open + 20))?.[1];
    if (!comment && tag === undefined && !/^<[!/?]/.test(html.slice(open, open + 2))) {
      words.push("<");
      at = open + 1;
      continue;
    }
    const close = comment ? html.indexOf("-->", open + 4) : html.indexOf(">", open);
    // Never closed: a mail program shows nothing of the rest.
    if (close < 0) break;
    at = close + (comment ? 3 : 1);
    if (tag === undefined) continue;
    if (UNSEEN.has(tag) && lower[open + 1] !== "/") {
      const end = lower.indexOf(`</${tag}`, at);
      if (end < 0) break;
      at = end;
    } else if (ENDS_A_LINE.has(tag)) words.push("\n");
  }
  // A line at a time: a pattern for the blanks before a line's end would begin anew at each blank.
  return decoded(words.join(""))
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

const NAMED: Readonly<Record<string, string>> = { nbsp: " ", lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/** Once: `&amp;lt;` is `&lt;`, and no bracket. */
const decoded = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (all, decimal, hex, name) => {
    if (typeof name === "string") return NAMED[name.toLowerCase()] ?? all;
    const point = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hex), 16);
    return point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? "\uFFFD" : String.fromCodePoint(point);
  });
