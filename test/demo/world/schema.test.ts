import { readdirSync, readFileSync } from "node:fs";
import {
  assertValidSchema,
  buildSchema,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  validate,
} from "graphql";
import { describe, expect, it } from "vitest";
import { graphqlContract } from "../../support/github-contract.ts";

const ours = buildSchema(readFileSync(new URL("../../../src/demo/world/schema.graphql", import.meta.url), "utf8"));
const QUERIES = new URL("../../../src/gate/io/queries/", import.meta.url);

interface HasFields {
  getFields(): Readonly<
    Record<
      string,
      { readonly type: unknown; readonly args?: readonly { readonly name: string; readonly type: unknown }[] }
    >
  >;
}

const signature = (type: HasFields): readonly string[] =>
  Object.entries(type.getFields()).flatMap(([name, field]) => [
    `${name}: ${String(field.type)}`,
    ...(field.args ?? []).map((argument) => `${name}(${argument.name}: ${String(argument.type)})`),
  ]);

/** What a type says about itself, one line each. */
function linesOf(type: GraphQLNamedType): readonly string[] {
  if (isObjectType(type) || isInterfaceType(type))
    return [...signature(type), ...type.getInterfaces().map((one) => `implements ${one.name}`)];
  if (isInputObjectType(type)) return signature(type);
  if (isEnumType(type)) return type.getValues().map((value) => value.name);
  return isUnionType(type) ? type.getTypes().map((one) => one.name) : [];
}

describe("our GraphQL schema", () => {
  it("is valid", () => assertValidSchema(ours));

  it.each(
    Object.values(ours.getTypeMap())
      .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
      .map((type) => [type.name, type] as const),
  )("%s says nothing that GitHub's does not", (name, type) => {
    const theirs = graphqlContract().getType(name);
    if (theirs === undefined) throw new Error(`GitHub has no type ${name}.`);
    const known = new Set(linesOf(theirs));
    expect(linesOf(type).filter((line) => !known.has(line))).toEqual([]);
  });
});

describe("each query of the gate", () => {
  const files = readdirSync(QUERIES).filter((name) => name.endsWith(".graphql"));

  it("is found", () => expect(files).toContain("facts.graphql"));

  it.each(files)("%s is understood by GitHub and by the world", (name) => {
    const document = parse(readFileSync(new URL(name, QUERIES), "utf8"));
    expect(validate(graphqlContract(), document).map((error) => error.message)).toEqual([]);
    expect(validate(ours, document).map((error) => error.message)).toEqual([]);
  });
});
