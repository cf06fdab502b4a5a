import { describe, expect, it, vi } from "vitest";
import { handsFor, handsOf, type Hands } from "#controls";

interface Ports {
  readonly execute: () => string;
}

/** What a path with hands may do; the compiler lets nobody reach a port without asking which. */
const act = (hands: Hands<Ports>): string =>
  hands.kind === "live" ? hands.ports.execute() : `explained: ${hands.why}`;

describe("X10, invariant 10: explain mode never executes, for there is nothing that could", () => {
  it("in a process of explain mode no port is ever constructed", () => {
    const make = vi.fn((): Ports => ({ execute: () => "done" }));
    const hands = handsOf(true, make);
    expect(make).not.toHaveBeenCalled();
    expect(act(hands)).toBe("explained: environment");
    expect(JSON.stringify(hands)).not.toContain("ports");
  });

  it("a live one has them, constructed once", () => {
    const make = vi.fn((): Ports => ({ execute: () => "done" }));
    const hands = handsOf(false, make);
    expect([act(hands), act(handsFor(hands, false))]).toEqual(["done", "done"]);
    expect(make).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["a call that asks for an explanation, in a live process", false, true, "explained: call"],
    ["the same in a process of explain mode", true, true, "explained: environment"],
    ["a call that asks for nothing, in a process of explain mode", true, false, "explained: environment"],
  ])("%s executes nothing", (_case, environment, call, said) => {
    const hands = handsOf(environment, (): Ports => ({ execute: () => "done" }));
    expect(act(handsFor(hands, call))).toBe(said);
  });
});
