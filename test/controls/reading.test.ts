// What is killed, by what was last read of the switch.

import { describe, expect, it } from "vitest";
import { covers, type Scope, type Where } from "#controls";
import { instantOfMillis } from "#kernel";
import { killAt, newKills, platformKill, UNREADABLE, type Kill, type Reading } from "../../src/controls/reading.ts";
import { aRepository, aTenant, anAgent } from "./support/ids.ts";

const [acme, globex] = [aTenant(1), aTenant(2)];
const where: Where = { tenant: acme, agent: anAgent(1), repository: aRepository(7) };
const platform: Scope = { kind: "platform" };
const kill = (scope: Scope, since = 1): Kill => ({ scope, since: instantOfMillis(since) });
const reading = (...scopes: readonly Scope[]): Reading => ({
  askedAt: 10_000,
  kills: scopes.map((each) => kill(each)),
});
const NOW = 10_100;

describe("X2, invariant 2: what a kill reaches", () => {
  it.each<[string, Scope, boolean]>([
    ["the platform: everything", platform, true],
    ["its tenant", { kind: "tenant", tenant: acme }, true],
    ["another tenant: not this call", { kind: "tenant", tenant: globex }, false],
    ["its agent", { kind: "agent", tenant: acme, agent: anAgent(1) }, true],
    ["another agent of the tenant", { kind: "agent", tenant: acme, agent: anAgent(2) }, false],
    ["an agent of the same number, of another tenant", { kind: "agent", tenant: globex, agent: anAgent(1) }, false],
    ["its repository", { kind: "repository", tenant: acme, repository: aRepository(7) }, true],
    ["another repository", { kind: "repository", tenant: acme, repository: aRepository(8) }, false],
    [
      "a repository of the same number, of another tenant",
      { kind: "repository", tenant: globex, repository: aRepository(7) },
      false,
    ],
  ])("%s", (_case, scope, reached) => {
    expect(covers(scope, where)).toBe(reached);
    expect(killAt(reading(scope), where, NOW)?.scope ?? null).toEqual(reached ? scope : null);
  });

  it("a call in no repository is not reached by a repository's kill, and by all the others it is", () => {
    const nowhere = { ...where, repository: null };
    expect(killAt(reading({ kind: "repository", tenant: acme, repository: aRepository(7) }), nowhere, NOW)).toBeNull();
    expect(killAt(reading({ kind: "tenant", tenant: acme }), nowhere, NOW)).not.toBeNull();
  });

  it("before anybody is authenticated only the platform's kill is known", () => {
    expect(platformKill(reading({ kind: "tenant", tenant: acme }), NOW)).toBeNull();
    expect(platformKill(reading(platform), NOW)).toMatchObject({ scope: platform });
  });

  it("of several kills the widest is the one that is told", () => {
    const scopes: Scope[] = [
      { kind: "agent", tenant: acme, agent: anAgent(1) },
      { kind: "tenant", tenant: acme },
    ];
    expect(killAt(reading(...scopes), where, NOW)?.scope).toEqual({ kind: "tenant", tenant: acme });
  });

  it("what an agent is told is ours, and says what to do next", () => {
    expect(killAt(reading({ kind: "tenant", tenant: acme }), where, NOW)?.reason).toBe(
      "All agents of this tenant are stopped. Ask an operator: two of them can start it again (countersign control status).",
    );
  });
});

describe("X2, invariant 2: fails closed, what is not known to be on is killed", () => {
  it.each<[string, Reading | null, number]>([
    ["never read", null, NOW],
    ["read over a second ago", { askedAt: NOW - 1_001, kills: [] }, NOW],
    ["read in the future, as after a clock that was moved back (invariant 30)", { askedAt: NOW + 1, kills: [] }, NOW],
  ])("%s", (_case, last, now) => {
    expect(platformKill(last, now)).toBe(UNREADABLE);
    expect(killAt(last, where, now)).toBe(UNREADABLE);
  });

  it("a second old is not yet too old", () => {
    expect(platformKill({ askedAt: NOW - 1_000, kills: [] }, NOW)).toBeNull();
  });
});

describe("invariant 3: which kills are told to what runs", () => {
  const [a, b] = [kill({ kind: "tenant", tenant: acme }, 1), kill({ kind: "tenant", tenant: globex }, 1)];
  const of = (...kills: readonly Kill[]): Reading => ({ askedAt: 1, kills });

  it.each<[string, Reading | null, Reading, number]>([
    ["all of the first reading", null, of(a, b), 2],
    ["none that was there before", of(a, b), of(a, b), 0],
    ["the one that came", of(a), of(a, b), 1],
    ["none for one that went", of(a, b), of(b), 0],
    ["one that went and came again between two readings", of(a), of(kill(a.scope, 2)), 1],
  ])("%s", (_case, before, after, count) => {
    expect(newKills(before, after)).toHaveLength(count);
  });
});
