// Scripts of sed. It runs programs (`e`, the flag of `s`), reads and writes files (`r`, `w`): INVARIANT: a script is known that consists of
// commands on this list, with their addresses, and of nothing else.

import { Scanner } from "./scanner.ts";
import type { Argument } from "./words.ts";

/** INVARIANT: where a pattern ends, some seds see otherwise within brackets: those that hold the sign, another bracket, a backslash or a caret that is not the first are not known. */
const pattern = (sign: string): string => String.raw`(?:[^\\\n[${sign}]|\\[^\n[]|\[\^?[^\][\\\n^${sign}]+\])`;
const PLACE = String.raw`(?:\d+(?:~\d+)?|\$|/${pattern("/")}+/[IM]*)`;
const ADDRESS = new RegExp(String.raw`(?:${PLACE}(?:,(?:${PLACE}|[+~]\d+))?)?[ \t]*!?[ \t]*`, "y");
const COMMAND = /[=dDgGhHnNpPqQx]|[aic]\\?[ \t]*[^\n\\]*(?=\n|$)/y;
const BETWEEN = /[ \t]*(?:[;\n][;\n \t]*|$)/y;

export function isPlainSed(script: Argument): boolean {
  // In some alphabets the last byte of a letter is one of its signs.
  if (script === null || /[^\n\x20-\x7e]/.test(script)) return false;
  const rest = new Scanner(script);
  rest.takes(/[;\n \t]*/y);
  while (!rest.ended) {
    rest.takes(ADDRESS);
    const [command = "", sign = ""] = rest.ahead(2);
    const replaces = /[sy]/.test(command) && rest.takes(replacing(command, sign)) !== null;
    if ((!replaces && rest.takes(COMMAND) === null) || rest.takes(BETWEEN) === null) return false;
  }
  return script !== "";
}

/** INVARIANT: what could be taken for its end ends it, here as in sed: a sign that means something in a pattern is no separator. */
function replacing(command: string, sign: string): RegExp {
  if (!/^[/#,|@:%!_~]$/.test(sign)) return /(?!)/y;
  const end = sign.replace("|", "\\|");
  const part = String.raw`(?:[^\\\n${sign}]|\\[^\n])*`;
  return new RegExp(
    `${command}${end}${pattern(sign)}*${end}${part}${end}${command === "s" ? "(?:[gpiIM]|\\d)*" : ""}`,
    "y",
  );
}
