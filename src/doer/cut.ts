// What is shown of a longer text, before anybody has looked for credentials in it. INVARIANT: half of a credential is one that nobody
// recognises, and neither is one line of a key: what is left out, is left out whole.

const NOTHING = "[cut]";

/**
 * Its beginning, up to the blank before the word in which it would end: what is taken for a credential has no blank in it, whatever signs and
 * quotes it has. Of one word all goes, however long: it may be one. A line's end parts no words: base64 is wrapped.
 */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.max(text.lastIndexOf(" ", most), text.lastIndexOf("\t", most), 0);
  const words = text.slice(0, end).toWellFormed();
  const shown = opens(words) ? words.slice(0, words.search(BEGINS)) : words;
  return shown === "" ? NOTHING : shown;
}

/** Where the lines of a private key begin, and where they end: as JavaScript and as `grep -E` read it. */
export const KEY_MARK = "-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY";
const BEGINS = new RegExp(KEY_MARK.replace("(BEGIN|END)", "BEGIN"));
const ENDS = new RegExp(KEY_MARK.replace("(BEGIN|END)", "END"));
/** Of the longest key that there is; without an end, what comes behind them is no key. */
const MOST_LINES = 400;

/** A key begins on it that does not end on it; where two files touch, another one has ended there. */
function opens(line: string): boolean {
  const [, ...begun] = line.split(BEGINS);
  return begun.length > 0 && !ENDS.test(begun.at(-1) ?? "");
}

/** For lines in their order: the line without what is a key's, or null where all of it is. What stands on one line whole, is the scrubber's. */
export function withoutKeys(): (line: string) => string | null {
  let left = 0;
  return (line) => {
    if (left > 0) {
      if (opens(line)) left = MOST_LINES;
      else left = ENDS.test(line) ? 0 : left - 1;
      return null;
    }
    const at = line.search(BEGINS);
    if (at === -1 || !opens(line)) return line;
    left = MOST_LINES;
    return `${line.slice(0, at)}[a private key]`;
  };
}

/** Of a file whose marks stand on these lines, in their order: whether a line is a key's. */
export function inKeys(marks: readonly { readonly line: number; readonly text: string }[]): (line: number) => boolean {
  const keys: { from: number; to: number }[] = [];
  for (const { line, text } of marks) {
    const last = keys.at(-1);
    if (ENDS.test(text) && last !== undefined) last.to = Math.min(last.to, line);
    if (BEGINS.test(text)) keys.push({ from: line, to: opens(text) ? Infinity : line });
  }
  return (line) => keys.some(({ from, to }) => from < line && line <= to);
}
