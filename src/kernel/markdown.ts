// Text that somebody else chose (logins, branch names, paths, parser messages) made harmless inside our Markdown.
// The attacker: an agent that names a branch or a file so that our report mentions people, shows a picture, or reads as
// if the gate had passed.

/** Control characters, and the invisible ones that reorder or hide text. */
// oxlint-disable-next-line no-control-regex -- these are what is removed
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;
/** Breaks a word without showing: GitHub then finds no mention, reference or link in it. */
const BREAK = "\u200b";

/** One line, at most `max` characters, nothing invisible. Also for terminals: no escape sequence survives. */
export function plain(text: string, max = 300): string {
  const line = text.replace(INVISIBLE, " ").trim();
  // A cut in the middle of a character would leave half of it, which GitHub's API refuses as text.
  return (line.length <= max ? line : `${line.slice(0, max - 1)}…`).toWellFormed();
}

/** A short name as a code span: nothing inside a code span is interpreted. */
export function code(text: string): string {
  const line = plain(text, 120).replaceAll("`", "'");
  return line === "" ? "(empty)" : `\`${line}\``;
}

/** A sentence in which somebody's text may stand. */
export function prose(text: string, max = 1000): string {
  return plain(text, max)
    .replace(/[\\`*_{}[\]()<>~|!$&+=-]/g, "\\$&")
    .replace(/[@#]/g, `$&${BREAK}`)
    .replace(/\bGH(?=\\-\d)/gi, `$&${BREAK}`)
    .replace(/:\/\//g, `:${BREAK}//`)
    .replace(/www\./gi, `www${BREAK}.`);
}
