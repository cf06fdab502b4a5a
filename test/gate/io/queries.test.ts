import { parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import {
  ENQUEUE_MUTATION,
  FACTS_QUERY,
  OPEN_QUERY,
  ORGANISATION_QUERY,
  PAGES_QUERY,
  QUEUE_QUERY,
  REVERT_MUTATION,
} from "../../../src/gate/io/queries.ts";
import { peopleQuery } from "../../../src/gate/io/read-people.ts";
import { firstParents } from "../../../src/gate/io/reconcile/branch-line.ts";
import { toRedeliver } from "../../../src/gate/io/reconcile/deliveries.ts";
import { commitSha } from "#kernel";
import { graphqlContract } from "../../support/github-contract.ts";

describe("every query is valid against GitHub's published schema", () => {
  it.each([
    ["facts", FACTS_QUERY],
    ["pages", PAGES_QUERY],
    ["organisation", ORGANISATION_QUERY],
    ["open", OPEN_QUERY],
    ["queue", QUEUE_QUERY],
    ["revert", REVERT_MUTATION],
    ["enqueue", ENQUEUE_MUTATION],
    ["people: nobody, no team", peopleQuery(0, 0)],
    ["people: three, no team", peopleQuery(3, 0)],
    ["people: three, two teams", peopleQuery(3, 2)],
  ])("%s", (_, query) => {
    expect(validate(graphqlContract(), parse(query)).map((error) => error.message)).toEqual([]);
  });
});

const sha = (digit: string): NonNullable<ReturnType<typeof commitSha>> =>
  commitSha(digit.repeat(40)) ?? expect.unreachable();
const commit = (
  digit: string,
  ...parents: readonly string[]
): { sha: ReturnType<typeof sha>; parents: { sha: ReturnType<typeof sha> }[] } => ({
  sha: sha(digit),
  parents: parents.map((p) => ({ sha: sha(p) })),
});

describe("the line of a branch", () => {
  it.each([
    ["a merge's second parent is not on it", [commit("b", "0"), commit("c", "a", "b")], "a", ["c"]],
    ["commits come oldest first", [commit("b", "a"), commit("c", "b")], "a", ["b", "c"]],
    ["a known commit that is not reached has no line", [commit("c", "b")], "a", null],
    ["a circle has no line", [commit("b", "c"), commit("c", "b")], "a", null],
  ])("%s", (_, commits, from, expected) => {
    expect(firstParents(commits, sha(from))?.map((c) => c.sha[0]) ?? null).toEqual(expected);
  });
});

describe("which deliveries are asked for again", () => {
  const attempt = (
    id: number,
    guid: string,
    status_code: number,
  ): { id: number; guid: string; status_code: number } => ({ id, guid, status_code });
  it.each([
    ["one that failed", [attempt(1, "a", 502)], [1]],
    ["not one that was taken", [attempt(1, "a", 202)], []],
    ["not one of which a later attempt was taken", [attempt(2, "a", 202), attempt(1, "a", 502)], []],
    ["the newest attempt of one that failed twice", [attempt(2, "a", 503), attempt(1, "a", 502)], [2]],
    ["not one that failed for good", [6, 5, 4, 3, 2, 1].map((id) => attempt(id, "a", 500)), []],
  ])("%s", (_, log, expected) => {
    expect(toRedeliver(log).map((attempt) => attempt.id)).toEqual(expected);
  });
});
