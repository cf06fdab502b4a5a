// Which command lines are read whole, by the grammar of bash: every word stands there as the program gets it. INVARIANT: this is a list of what
// is known. What is not on it (a variable, a substitution, a subscript, arithmetic, a function) is asked about.

import { forEachChild, type Command, type Redirection, type SyntaxNode, type Word } from "unbash";

const WITHIN: ReadonlySet<SyntaxNode["type"]> = new Set<SyntaxNode["type"]>([
  "Script",
  "Statement",
  "CompoundList",
  "Pipeline",
  "AndOr",
  "Negation",
  "Time",
  "If",
  "Elif",
  "While",
  "Subshell",
  "BraceGroup",
  "Redirected",
  "TestCommand",
  "TestNot",
  "TestLogical",
  "TestGroup",
]);

export function isWhole(node: SyntaxNode): boolean {
  if ((node.type === "For" || node.type === "While") && enters(node)) return false;
  if (WITHIN.has(node.type)) return children(node).every(isWhole);
  if (node.type === "Command") return isPlainCommand(node);
  if (node.type === "Word") return isWord(node);
  if (node.type === "Redirect" || node.type === "HereString" || node.type === "HereDoc")
    return isPlainRedirection(node);
  if (node.type === "Assignment")
    return node.index === undefined && node.append !== true && node.value.type === "Word" && isLiteral(node.value);
  // One letter: of longer names some change what the shell looks for (`path`, in zsh).
  if (node.type === "For")
    return /^[a-z]$/.test(node.name.text) && node.wordlist?.every(isWord) === true && isWhole(node.body);
  if (node.type === "TestUnary") return /^-[defnrswxz]$/.test(node.operator) && isLiteral(node.operand);
  if (node.type === "TestBinary")
    return /^[!=]?=$/.test(node.operator) && isLiteral(node.left) && isLiteral(node.right);
  // Also what a later version of the grammar knows.
  return false;
}

function isPlainCommand({ name, prefix, suffix }: Command): boolean {
  const tests = name?.text === "[" && suffix.at(-1)?.type === "Word";
  const words = tests ? suffix.slice(0, -1) : suffix;
  return (tests || name === undefined || isLiteral(name)) && [...prefix, ...words].every(isWhole);
}

/** What stands before a `cd` in a loop is run again behind it. */
const enters = (node: SyntaxNode): boolean =>
  (node.type === "Command" && node.name?.value === "cd") || children(node).some(enters);

function isPlainRedirection(node: Redirection): boolean {
  if (node.descriptor?.type === "FileDescriptorVariable") return false;
  switch (node.type) {
    case "Redirect":
      return (
        node.target !== undefined &&
        isLiteral(node.target) &&
        (node.operator.endsWith("&") ? /^(?:\d|-)$/.test(node.target.text) : node.operator !== "<>")
      );
    case "HereString":
      return node.target !== undefined && isLiteral(node.target);
    case "HereDoc":
      return (
        node.delimiter !== undefined &&
        /^(?:\w+|'\w+'|"\w+")$/.test(node.delimiter.text) &&
        (node.delimiter.quoted || !/[\\$`]/.test(node.body.text))
      );
  }
}

/** Letters that no shell takes for anything else; any other one behind a backslash; and what single quotes keep. */
const PIECE = String.raw`[\p{L}\p{N}_@%+:,./=^~-]|\\[\x20-\x7e\n]|'[^']*'`;
/** A dollar sign before the end is one; an exclamation mark before a word is an earlier line to whoever types into a terminal. */
const IN_QUOTES = '[^"\\\\$`!]|!(?=[ "=(])|\\\\[^\\n]|\\$(?=["|)])';
/** INVARIANT: one way to read each letter, here and below: a long line must not take for ever. */
const LITERAL = new RegExp(`^(?:${PIECE}|"(?:${IN_QUOTES})*")*$`, "u");
/** With how the command before it ended, which is a number; a revision's braces; those that find fills; patterns. */
const WORD = new RegExp(String.raw`^(?:${PIECE}|"(?:${IN_QUOTES}|\$\?)*"|\$\?|@\{\w+\}|\{\}|[*?])*$`, "u");
/** A home, or a program's place (zsh), also behind a sign that comes before paths. */
const REPLACED = /^[~=^]|[:=]~/;

/** One value, which stands there. */
const isLiteral = ({ text }: Word): boolean => LITERAL.test(text) && !REPLACED.test(text);

/** By itself a pattern finds nothing else whose name begins with a dot. */
export const findsHidden = (pattern: string): boolean => /(?:^|\/)\.[^/]*[*?]/.test(pattern);

/** Or a plain pattern. */
function isWord({ text, parts = [] }: Word): boolean {
  if (text === "!") return true;
  if (!WORD.test(text) || REPLACED.test(text)) return false;
  return !parts.some(({ type }) => type === "Glob") || (!/['"\\]/.test(text) && !findsHidden(text));
}

function children(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  forEachChild(node, (child) => void found.push(child));
  return found;
}
