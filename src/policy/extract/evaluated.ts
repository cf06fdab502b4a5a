// Where a shell reads a word a second time, as arithmetic: `$((x))`, `y[x]=1`, `[[ x -eq 0 ]]`. A variable that holds `a[$(...)]` runs there what it
// holds, and no text on the line says so. INVARIANT: a value that is not known to be a number is code.

import { type Command, type SyntaxNode, type Word } from "unbash";

export interface Evaluated {
  see(node: SyntaxNode): void;
  /** Something is computed of which nobody knows whether it is a number. */
  code(): boolean;
  /** What stands where arithmetic belongs is none: another shell runs it as a command. */
  broken(): boolean;
}

const NUMBER = /^[-+]?(?:0[xX][0-9a-fA-F]+|\d+(?:#[\w@]+)?)?$/;
const NAME = /^(?:\$?([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)\})$/;
/** How many there are, or how it ended; all elements. */
const COUNT = /^(?:\$[#?$!]|\$\{#[^}]*\}|[@*])$/;
const ELEMENT = /^([A-Za-z_]\w*)\[(.*)\]$/s;
const NUMBERS = /^\{[-+]?\d+\.\.[-+]?\d+(?:\.\.[-+]?\d+)?\}$/;
const COMPARES = /^-(?:eq|ne|lt|le|gt|ge)$/;
/** They put into variables what does not stand on the line. */
export const FILLS = new Set(["read", "mapfile", "readarray", "getopts", "printf"]);
/** They put what stands on the line into variables, and say what those are. */
export const SETS = new Set(["export", "declare", "typeset", "readonly", "local"]);

export function evaluated(): Evaluated {
  const computed = new Set<string>();
  const numeric = new Map<string, boolean>();
  let unknown = false;
  let none = false;

  const holds = (name: string, number: boolean): void => void numeric.set(name, (numeric.get(name) ?? true) && number);
  const compute = (text: string): void => {
    if (NUMBER.test(text) || COUNT.test(text)) return;
    const name = NAME.exec(text);
    const element = ELEMENT.exec(text);
    if (name !== null) computed.add(name[1] ?? name[2] ?? "");
    else if (element !== null) [element[1] ?? "", element[2] ?? ""].forEach(compute);
    else unknown = true;
  };
  const computeWord = (word: Word | undefined): void => {
    if (word !== undefined && !isNumber(word)) compute(word.text.replace(/^"(.*)"$/s, "$1"));
  };

  function command({ name, args }: Command): void {
    const program = name?.value ?? "";
    const texts = args.map(({ text }) => text);
    if (program === "let" || (SETS.has(program) && texts.some((text) => /^-\w*i/.test(text)))) unknown = true;
    if (FILLS.has(program)) for (const text of texts) holds(text, false);
  }

  return {
    see(node) {
      if (node.type === "Command") command(node);
      if (node.type === "Assignment") {
        const { name, index, value } = node;
        // Of a list by names, `m[key]=` is no arithmetic; that it is one of those does not stand here.
        computeWord(index);
        holds(name, value.type === "Word" ? isNumber(value) : value.elements.every(isNumber));
      }
      if (node.type === "For" || node.type === "Select")
        holds(node.name.value, node.wordlist?.every((word) => isNumber(word) || NUMBERS.test(word.text)) ?? false);
      if (node.type === "ArithmeticCommand") none ||= node.expression === undefined && node.body.trim() !== "";
      if (node.type === "ArithmeticExpansion") none ||= node.expression === undefined && /[^\s$()[\]]/.test(node.text);
      if (node.type === "ArithmeticWord") {
        const text = node.value.trim();
        none ||= node.parts === undefined && /[\s;<>|&'"\\]/.test(text);
        compute(text);
      }
      if (node.type === "ParameterExpansion") computeWord(node.index);
      if (node.type === "Slice") [node.offset, node.length].forEach(computeWord);
      if (node.type === "TestBinary" && COMPARES.test(node.operator)) [node.left, node.right].forEach(computeWord);
    },
    code: () => unknown || [...computed].some((name) => numeric.get(name) === false),
    broken: () => none,
  };
}

/** Written out, counted or computed: what it is computed of is looked at where it stands. */
const isNumber = ({ text, parts }: Word): boolean =>
  parts === undefined
    ? NUMBER.test(text)
    : parts.every((part) => part.type === "ArithmeticExpansion" || NUMBER.test(part.text) || COUNT.test(part.text));
