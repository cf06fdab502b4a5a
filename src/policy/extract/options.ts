// The words of one program taken apart as it would: options, their values, and what is left. INVARIANT: an option that is not known, an abbreviation
// of one that is, or a file whose name could be one (`sort *` beside a file called `--compress-program=x`) is not taken apart at all.

import type { Argument } from "./words.ts";

export interface Options {
  /** Letters, alone or in a cluster. */
  readonly flags: string;
  /** Letters after which a value stands: in the same word, or in the next. No value names a file. */
  readonly valued: string;
  /** Whole; a value stands behind an equals sign, if any. */
  readonly long: ReadonlySet<string>;
  /** `-5` is a number of lines. */
  readonly counts: boolean;
}

export interface Operand {
  readonly value: Argument;
  /** As it stands there. */
  readonly written: string;
}

export interface Parted {
  readonly has: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly Operand[];
  /** Behind an operand stands an option: to some programs an operand, too. */
  readonly late: boolean;
}

export const options = (
  flags: string,
  valued = "",
  long = "",
  { counts = false }: Partial<Pick<Options, "counts">> = {},
): Options => ({ flags, valued, long: new Set(long.split(" ")), counts });

/** Of a pattern: the file that it finds is named as its first letter says, and so is no option. */
export const isNamed = ({ value, written }: Operand): boolean => value !== null || /^[\w./]/.test(written);

/** null: something in it is not known. */
export function parted(known: Options, args: readonly Argument[], written: readonly string[]): Parted | null {
  const has = new Set<string>();
  const values = new Map<string, string[]>();
  const operands: Operand[] = [];
  let late = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? null;
    const operand = { value: arg, written: written[at] ?? "" };
    if (arg === "--") {
      operands.push(...args.slice(at + 1).map((value, i) => ({ value, written: written[at + 1 + i] ?? "" })));
      break;
    }
    if (!isNamed(operand)) return null;
    const behind = operands.length > 0 && arg !== null && /^-./.test(arg);
    late ||= behind;
    // Some programs take all words behind the first operand for operands: then this one is a place.
    if (behind && arg.includes("/")) return null;
    if (arg === null || !/^-./.test(arg)) operands.push(operand);
    else if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      if (!known.long.has(equals < 0 ? arg.slice(2) : `${arg.slice(2, equals)}=`)) return null;
      has.add(equals < 0 ? arg : arg.slice(0, equals));
    } else if (!known.counts || !/^-\d+$/.test(arg)) {
      const letters = Array.from(arg.slice(1));
      const stop = letters.findIndex((letter) => !known.flags.includes(letter));
      for (const letter of stop < 0 ? letters : letters.slice(0, stop + 1)) has.add(letter);
      const letter = letters[stop];
      if (letter === undefined) continue;
      if (!known.valued.includes(letter)) return null;
      const inline = letters.slice(stop + 1).join("");
      const value = inline === "" ? args[++at] : inline;
      if (value === undefined || value === null) return null;
      // Where its value may be left out, the next word is an option of its own.
      if (inline === "" && value.startsWith("-") && !/^-\d+$/.test(value)) return null;
      if (operands.length > 0 && !/^\d+$/.test(value)) return null;
      values.set(letter, [...(values.get(letter) ?? []), value]);
    }
  }
  return { has, values, operands, late };
}
