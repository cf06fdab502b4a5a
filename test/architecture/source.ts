import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync } from "oxc-parser";

export type Import = { readonly specifier: string; readonly typeOnly: boolean; readonly line: number };
export type Use = { readonly what: string; readonly line: number };

/** What the rules need to know about one file, read from its syntax tree. */
export type Source = {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Names that the file uses and does not itself declare: `fetch`, `Date.now`, `new Date`. */
  readonly globals: readonly Use[];
  /** Type assertions except `as const`, and `!`. */
  readonly assertions: readonly Use[];
  /** Tests that would not run: `it.skip`, `describe.only`, `test.todo`. */
  readonly switchedOff: readonly Use[];
  readonly defaultExports: readonly Use[];
  /** Assignments to `process.env` or into it. */
  readonly environmentWrites: readonly Use[];
  /** What a module keeps from one call to the next, for whoever calls: variables, and collections that are filled while it runs. */
  readonly moduleState: readonly Use[];
};

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value;

/** Every node with its parent and the key it hangs on. */
function* walk(
  node: Node,
  parent: Node | null = null,
  key = "",
): Generator<{ node: Node; parent: Node | null; key: string }> {
  yield { node, parent, key };
  for (const [name, value] of Object.entries(node))
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child, node, name);
}

const nameOf = (value: unknown): string => (isNode(value) && value.type === "Identifier" ? String(value["name"]) : "");
const textOf = (value: unknown): string => (isNode(value) && value.type === "Literal" ? String(value["value"]) : "");

/** `process.env`, or something in it. */
const isEnvironment = (value: unknown): boolean =>
  isNode(value) &&
  value.type === "MemberExpression" &&
  ((nameOf(value["object"]) === "process" && (nameOf(value["property"]) || textOf(value["property"])) === "env") ||
    isEnvironment(value["object"]));

const COLLECTIONS = new Set(["Map", "WeakMap", "Set", "WeakSet", "Array"]);
const CHANGES = /^(?:set|add|delete|clear|push|pop|shift|unshift|splice|fill|sort|reverse)$/;

/** `const x = new Map(...)`, `[...]` or `{...}`: empty, so that it can only be meant to be filled, or not. */
function collection(init: unknown): "empty" | "filled" | null {
  if (!isNode(init)) return null;
  const parts =
    init.type === "NewExpression" && COLLECTIONS.has(nameOf(init["callee"]))
      ? init["arguments"]
      : init.type === "ArrayExpression"
        ? init["elements"]
        : init.type === "ObjectExpression"
          ? init["properties"]
          : null;
  if (!Array.isArray(parts)) return null;
  return parts.length === 0 ? "empty" : "filled";
}

/** The variables of the module itself, not of its functions. */
function* moduleVariables(
  program: Node,
): Generator<{ readonly name: string; readonly constant: boolean; readonly node: Node }> {
  const body = program["body"];
  for (const statement of Array.isArray(body) ? body : []) {
    if (!isNode(statement)) continue;
    const declaration = statement.type === "ExportNamedDeclaration" ? statement["declaration"] : statement;
    if (!isNode(declaration) || declaration.type !== "VariableDeclaration") continue;
    const declarators = declaration["declarations"];
    for (const each of Array.isArray(declarators) ? declarators : [])
      if (isNode(each) && nameOf(each["id"]) !== "")
        yield { name: nameOf(each["id"]), constant: declaration["kind"] === "const", node: each };
  }
}

/** `readonly T[]`, `ReadonlyMap<...>`: the compiler sees to it that it stays as it is. */
function isReadonly(id: unknown): boolean {
  const annotation = isNode(id) && isNode(id["typeAnnotation"]) ? id["typeAnnotation"]["typeAnnotation"] : null;
  if (!isNode(annotation)) return false;
  return annotation["operator"] === "readonly" || nameOf(annotation["typeName"]).startsWith("Readonly");
}

/** `as const` and `satisfies` around a value. */
const bare = (value: unknown): unknown =>
  isNode(value) && value.type.startsWith("TS") ? bare(value["expression"]) : value;

function moduleStateOf(program: Node, lineOf: (node: Node) => number): readonly Use[] {
  const changed = new Set<string>();
  for (const { node } of walk(program)) {
    const callee = node.type === "CallExpression" ? node["callee"] : null;
    if (isNode(callee) && callee.type === "MemberExpression" && CHANGES.test(nameOf(callee["property"])))
      changed.add(nameOf(callee["object"]));
    const left =
      node.type === "AssignmentExpression" ? node["left"] : node.type === "UnaryExpression" ? node["argument"] : null;
    if (
      isNode(left) &&
      left.type === "MemberExpression" &&
      (node.type !== "UnaryExpression" || node["operator"] === "delete")
    )
      changed.add(nameOf(left["object"]));
  }
  return [...moduleVariables(program)].flatMap(({ name, constant, node }) => {
    const holds = collection(bare(node["init"]));
    const kept = !constant || (holds === "empty" && !isReadonly(node["id"])) || (holds !== null && changed.has(name));
    return kept ? [{ what: name, line: lineOf(node) }] : [];
  });
}

const DECLARES =
  /Declarator|Function|Class|Import.*Specifier|CatchClause|AssignmentPattern|RestElement|ArrayPattern|FormalParameter/;
const TEST_WORDS = new Set(["it", "test", "describe", "suite", "bench"]);

export function sourceOf(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path} does not parse: ${parsed.errors[0]?.message}`);
  if (!isNode(parsed.program)) throw new Error(`${path} has no syntax tree`);
  const lineOf = (node: Node) => text.slice(0, node.start).split("\n").length;
  const imports: Import[] = [];
  const uses: Use[] = [];
  const declared = new Set<string>();
  const assertions: Use[] = [];
  const switchedOff: Use[] = [];
  const defaultExports: Use[] = [];
  const environmentWrites: Use[] = [];

  for (const { node, parent, key } of walk(parsed.program)) {
    const line = lineOf(node);
    switch (node.type) {
      case "ImportDeclaration":
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration": {
        const specifier = textOf(node["source"]);
        const kind = node["importKind"] ?? node["exportKind"];
        const parts = node["specifiers"];
        const allTypes =
          Array.isArray(parts) &&
          parts.length > 0 &&
          parts.every((part) => isNode(part) && (part["importKind"] ?? part["exportKind"]) === "type");
        if (specifier !== "") imports.push({ specifier, typeOnly: kind === "type" || allTypes, line });
        break;
      }
      case "ImportExpression":
        imports.push({ specifier: textOf(node["source"]) || "(computed)", typeOnly: false, line });
        break;
      case "TSImportType":
        imports.push({ specifier: textOf(node["source"]), typeOnly: true, line });
        break;
      case "ExportDefaultDeclaration":
        defaultExports.push({ what: "export default", line });
        break;
      case "TSAsExpression": {
        const target = node["typeAnnotation"];
        const isConst = isNode(target) && target.type === "TSTypeReference" && nameOf(target["typeName"]) === "const";
        if (!isConst) assertions.push({ what: "as", line });
        break;
      }
      case "TSTypeAssertion":
        assertions.push({ what: "<T>", line });
        break;
      case "TSNonNullExpression":
        assertions.push({ what: "!", line });
        break;
      case "MemberExpression": {
        const whole = `${nameOf(node["object"])}.${nameOf(node["property"]) || textOf(node["property"])}`;
        uses.push({ what: whole, line });
        const [word = "", member = ""] = whole.split(".");
        if (TEST_WORDS.has(word) && /^(?:skip|todo|only)$/.test(member)) switchedOff.push({ what: whole, line });
        break;
      }
      case "AssignmentExpression":
        if (isEnvironment(node["left"])) environmentWrites.push({ what: "process.env", line });
        break;
      case "CallExpression": {
        const given = node["arguments"];
        const callee = node["callee"];
        const assigns =
          isNode(callee) &&
          /^Object$/.test(nameOf(callee["object"])) &&
          /^(?:assign|defineProperty|defineProperties)$/.test(nameOf(callee["property"]));
        if (assigns && Array.isArray(given) && isEnvironment(given[0]))
          environmentWrites.push({ what: "process.env", line });
        break;
      }
      case "NewExpression": {
        const given = node["arguments"];
        if (nameOf(node["callee"]) === "Date" && Array.isArray(given) && given.length === 0)
          uses.push({ what: "new Date", line });
        break;
      }
      case "Identifier": {
        const name = String(node["name"]);
        const isKey =
          (key === "property" || key === "key") && parent?.["computed"] !== true && parent?.["shorthand"] !== true;
        const declares =
          parent !== null &&
          (key === "params" ||
            (DECLARES.test(parent.type) &&
              ["id", "local", "param", "params", "left", "elements", "argument"].includes(key)));
        const bindsProperty = parent?.type === "Property" && key === "value" && parent["shorthand"] === true;
        if (declares || bindsProperty) declared.add(name);
        else if (!isKey && !(parent?.type ?? "").startsWith("TS")) uses.push({ what: name, line });
        break;
      }
    }
  }
  const globals = uses.filter(({ what }) => !declared.has(what.split(".")[0] ?? ""));
  return {
    path,
    lines: text.trimEnd().split("\n").length,
    imports,
    globals,
    assertions,
    switchedOff,
    defaultExports,
    environmentWrites,
    moduleState: moduleStateOf(parsed.program, lineOf),
  };
}

const CODE = /\.(?:ts|mts|mjs|js)$/;
/** What test/agents has installed for itself, and what its runs left: nobody wrote it here. */
const INSTALLED = /(?:^|\/)node_modules\/|^agents\/work\//;

/** Every code file below the folders, from the repository's root. */
export function readSources(root: string, folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => CODE.test(file) && !INSTALLED.test(file))
      .map((file) => posix.join(folder, file))
      .map((path) => sourceOf(path, readFileSync(join(root, path), "utf8"))),
  );
}
