import { Marked, type Tokens } from "marked";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? "");

/** What GitHub shows of our own comments and check runs: folded parts, small print, and nothing of the marks by which we know them again. */
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const BARE = /&lt;(\/?(?:details|summary|sub))&gt;/g;

/** Only what can do no more than lead away. */
const safeHref = (href: string): string | null => (/^(?:https?:\/\/|\/(?!\/)|#)/i.test(href) ? href : null);

const marked = new Marked({
  gfm: true,
  renderer: {
    // INVARIANT: a summary quotes logins, branch names and paths, which somebody else chose: HTML in it is text, never markup.
    // Three tags without any attribute are let through; they can fold text away, and run or load nothing.
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text.replace(COMMENT, "")).replace(BARE, "<$1>"),
    image: ({ text }: Tokens.Image) => escaped(text),
    link({ href, tokens }: Tokens.Link) {
      const inner = this.parser.parseInline(tokens);
      const safe = safeHref(href);
      return safe === null ? inner : `<a href="${escaped(safe)}" rel="noreferrer noopener">${inner}</a>`;
    },
    heading({ tokens, depth }: Tokens.Heading) {
      // Below the heading of the card it stands in.
      const level = Math.max(depth, 3);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
  },
});

/** GitHub-flavoured Markdown as HTML that holds no markup but Markdown's own. */
export function markdown(text: string): string {
  return marked.parse(text, { async: false });
}
