// A command line taken apart by a shell's grammar: every simple command that it could run, wherever it stands (pipes, substitutions,
// functions, conditions), each word as the shell would pass it, or as unknown where only running it would tell.

import { forEachChild, parse, type Command, type SyntaxNode, type Word, type WordPart } from "unbash";
import { isWhole } from "./whole.ts";

/** What the program is given; null: it comes out of a variable, another command, a pattern or a list of alternatives. */
export type Argument = string | null;

export interface SimpleCommand {
  readonly name: Argument;
  readonly args: readonly Argument[];
  /** As written, for patterns: `cat .en*`. */
  readonly written: readonly string[];
  /** Names that are set before it. */
  readonly assignments: readonly string[];
  /** Text that it gets on its input, from the line itself. */
  readonly input: "none" | "text" | "program";
}

export interface Taken {
  readonly commands: readonly SimpleCommand[];
  /** Variables that are read. */
  readonly variables: readonly string[];
  /** Files that are written by a redirection, and read by one. */
  readonly writes: readonly Argument[];
  readonly reads: readonly Argument[];
  /** It is not the shell's grammar, or names a variable by a variable. */
  readonly broken: boolean;
  /** Every word stands there as the program gets it. */
  readonly whole: boolean;
  /** Words that are no command's: of a loop, of a redirection. As written. */
  readonly beside: readonly string[];
}

/** INVARIANT: a line that breaks the parser, by its depth for example, is broken itself. */
export function takeApart(text: string): Taken {
  try {
    return taken(text);
  } catch {
    return { commands: [], variables: [], writes: [], reads: [], broken: true, whole: false, beside: [] };
  }
}

function taken(text: string): Taken {
  const commands: SimpleCommand[] = [];
  const variables: string[] = [];
  const writes: Argument[] = [];
  const reads: Argument[] = [];
  const beside: string[] = [];
  let broken = false;
  const visit = (node: SyntaxNode, piped: boolean): void => {
    if (node.type === "Script" && (node.errors ?? []).length > 0) broken = true;
    if (node.type === "Command") commands.push(commandOf(node, piped));
    if (node.type === "SimpleExpansion") variables.push(node.text.replace(/^\$/, ""));
    if (node.type === "ParameterExpansion") {
      variables.push(node.parameter);
      if (node.prefix === "!" || node.operation?.type === "Transform") broken = true;
    }
    if (node.type === "For" || node.type === "Select") {
      beside.push(...(node.wordlist ?? []).map(({ text: word }) => word));
      commands.push({
        name: "",
        args: [],
        written: [],
        assignments: [node.name.value],
        input: "none",
      });
    }
    // [[ -v $x ]] does, too.
    if (node.type === "TestUnary" && node.operator === "-v") broken ||= valueOf(node.operand) === null;
    // [[ -v 'a[$(...)]' ]] runs what stands in quotes.
    if (/^Test(?:Unary|Binary)$/.test(node.type))
      forEachChild(node, (child) => void (broken ||= child.type === "Word" && /\$\(|`/.test(valueOf(child) ?? "")));
    // `2>&1` opens no file.
    if (node.type === "Redirect" && !(node.operator === ">&" && /^\d$/.test(node.target?.text ?? ""))) {
      beside.push(...(node.target === undefined || valueOf(node.target) !== null ? [] : [node.target.text]));
      (node.operator === "<" ? reads : writes).push(node.target === undefined ? null : valueOf(node.target));
    }
    if (node.type === "Pipeline") {
      for (const [i, each] of node.commands.entries()) visit(each, i > 0);
      return;
    }
    forEachChild(node, (child) => visit(child, false));
  };
  const script = parse(text);
  visit(script, false);
  return { commands, variables, writes, reads, broken, whole: isWhole(script), beside };
}

function commandOf(node: Command, piped: boolean): SimpleCommand {
  const here = node.redirects.some(({ type }) => type === "HereDoc" || type === "HereString");
  return {
    name: node.name === undefined ? "" : valueOf(node.name),
    // `declare x=1` parses its arguments as assignments: they are words to us.
    args: node.args.map((arg) => (arg.type === "Word" ? valueOf(arg) : arg.text)),
    written: node.args.map(({ text }) => text),
    assignments: node.prefix.flatMap((each) => (each.type === "Assignment" ? [each.name] : [])),
    input: here ? "text" : piped ? "program" : "none",
  };
}

/** A word's one value, or null where it has none before it is run. */
function valueOf(word: Word): Argument {
  if (word.parts === undefined) return word.value;
  const parts = word.parts.map(partValue);
  return parts.includes(null) ? null : parts.join("");
}

function partValue(part: WordPart): Argument {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return part.value;
    case "DoubleQuoted":
    case "LocaleString": {
      const inner = part.parts.map(partValue);
      return inner.includes(null) ? null : inner.join("");
    }
    case "Glob":
    case "SimpleExpansion":
    case "ParameterExpansion":
    case "CommandExpansion":
    case "ArithmeticExpansion":
    case "ProcessSubstitution":
    case "ExtendedGlob":
    case "BraceExpansion":
      return null;
  }
}
