// What stands in a tree, when it is not a text: a link, a submodule, an executable, bytes that are no UTF-8. A tree keeps these as a
// text that begins with a NUL and git's mode, so that they are compared, moved and merged as all others are.

const TEXT = "100644";
const MARKED = /^\0(?<mode>1\d{5}) (?<bytes>[^]*)$/;

export interface Entry {
  /** Git's, octal: 100644, 100755, 120000 (a link), 160000 (a submodule). */
  readonly mode: string;
  readonly bytes: Buffer;
}

const marked = (mode: string, bytes: Buffer): string => `\0${mode} ${bytes.toString("latin1")}`;

export const symbolicLink = (target: string): string => marked("120000", Buffer.from(target));
export const submodule = (commit: string): string => marked("160000", Buffer.from(commit));
export const executable = (text: string): string => marked("100755", Buffer.from(text));
export const binary = (bytes: Uint8Array): string => marked(TEXT, Buffer.from(bytes));

export function entryOf(kept: string): Entry {
  const { mode, bytes } = MARKED.exec(kept)?.groups ?? {};
  return mode === undefined || bytes === undefined
    ? { mode: TEXT, bytes: Buffer.from(kept) }
    : { mode, bytes: Buffer.from(bytes, "latin1") };
}

/** As a tree keeps them: a text wherever it says all. */
export function keptAs(mode: string, bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return mode === TEXT && !text.startsWith("\0") && Buffer.from(text).equals(bytes) ? text : marked(mode, bytes);
}

/** File, link or submodule; two of the same kind differ in what they hold. */
export const kindOf = (kept: string): string => entryOf(kept).mode.slice(0, 2);
