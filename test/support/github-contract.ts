import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv, type ValidateFunction } from "ajv";
import { buildSchema, type GraphQLSchema } from "graphql";

// GitHub's published contracts, read from the packages that carry them. They are big: everything here is read once, when first asked for.

/** The packages hide these files behind `exports`, so they are found beside the package's main file. */
function fileOf(packageName: string, path: string): string {
  const folders = createRequire(import.meta.url).resolve.paths(packageName) ?? [];
  for (const candidate of folders) {
    try {
      return readFileSync(`${candidate}/${packageName}/${path}`, "utf8");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  throw new Error(`${packageName} has no ${path}.`);
}

export type Obj = Readonly<Record<string, unknown>>;
export const isObj = (value: unknown): value is Obj =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function dig(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isObj(inner) ? inner[key] : undefined), value);
}

/** OpenAPI 3.0 says `nullable`; JSON Schema says `null`. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (!isObj(value)) return value;
  const {
    nullable,
    example: _example,
    examples: _examples,
    discriminator: _discriminator,
    ...rest
  } = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "example" || key === "examples" ? undefined : asJsonSchema(inner),
    ]),
  );
  const corrected = anyEvent(eitherOwner(rest));
  return nullable === true ? { anyOf: [corrected, { type: "null" }] } : corrected;
}

/** Some schemas list the events an App may subscribe to, from before there were merge groups. */
function anyEvent(schema: Obj): Obj {
  const { enum: words, ...rest } = schema;
  return Array.isArray(words) && words.includes("branch_protection_rule") && !words.includes("merge_group")
    ? rest
    : schema;
}

/** The reference says of one list that an installation's account is a user *and* an enterprise; no account is both. */
function eitherOwner(schema: Obj): Obj {
  const { allOf, ...rest } = schema;
  const titles = Array.isArray(allOf) ? allOf.map((one) => dig(one, "title")) : [];
  return titles.join() === "Simple User,Enterprise" ? { ...rest, anyOf: allOf } : schema;
}

export class Contract {
  readonly document: Obj;
  readonly #ajv: Ajv;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(text: string) {
    const parsed: unknown = asJsonSchema(JSON.parse(text));
    if (!isObj(parsed)) throw new Error("An OpenAPI document is an object.");
    this.document = parsed;
    this.#ajv = new Ajv({ strict: false, allErrors: false, validateFormats: true, formats: FORMATS, logger: false });
    this.#ajv.addSchema({ $id: "github", components: parsed["components"] });
  }

  /** Follows references inside the document. */
  resolve(value: unknown): unknown {
    const ref = dig(value, "$ref");
    return typeof ref === "string" ? this.resolve(dig(this.document, ...ref.slice(2).split("/"))) : value;
  }

  /** null: it fits. Otherwise where and why not. */
  problem(key: string, schema: unknown, value: unknown): string | null {
    const validate =
      this.#compiled.get(key) ??
      this.#ajv.compile(
        Object(JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"github#/components/'))),
      );
    this.#compiled.set(key, validate);
    if (validate(value)) return null;
    return (validate.errors ?? [])
      .map((error) => `${error.instancePath || "/"} ${error.message ?? ""} ${JSON.stringify(error.params)}`)
      .join("; ");
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
const FORMATS = {
  "date-time": TIME,
  uri: (text: string): boolean => URL.canParse(text),
  "uri-template": true,
  email: true,
  int64: true,
  timestamp: true,
  date: true,
  hostname: true,
  double: true,
  repo: true,
  "repo.nwo": true,
  "alphanumeric and dashes": true,
} as const;

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
};

export const restContract = once(() => new Contract(fileOf("@octokit/openapi", "generated/api.github.com.json")));
export const webhookContract = once(
  () => new Contract(fileOf("@octokit/openapi-webhooks", "generated/api.github.com.json")),
);
export const graphqlContract: () => GraphQLSchema = once(() =>
  buildSchema(fileOf("@octokit/graphql-schema", "schema.graphql"), { assumeValid: true, assumeValidSDL: true }),
);
