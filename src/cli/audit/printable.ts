// Text that somebody else chose, on its way to a terminal or a spreadsheet (audit.md, case 59). The log keeps what was
// written; what is shown can neither move the cursor, nor look like another line, nor run as a formula.

const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One line: control, direction and invisible characters as `\u{...}`. */
export const printable = (text: string): string => text.replace(CONTROLS, escaped);

const escaped = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;

/** JSON over several lines. `JSON.stringify` leaves C1 controls and bidirectional marks as they are. */
export const printableJson = (value: unknown, indent = 2): string =>
  (JSON.stringify(value, null, indent) ?? "null")
    .split("\n")
    .map((line) => line.replace(CONTROLS, jsonEscaped))
    .join("\n");

/** Still JSON: what is parsed is what was written. */
const jsonEscaped = (char: string): string =>
  Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");

/** A cell of RFC 4180. One that begins like a formula gets an apostrophe, which a spreadsheet takes for "this is text". */
export function csvCell(text: string): string {
  const line = printable(text);
  return `"${(/^[\s=+\-@]/.test(line) ? `'${line}` : line).replaceAll('"', '""')}"`;
}
