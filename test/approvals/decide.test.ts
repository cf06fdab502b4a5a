import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, STATES, type Answering, type Request, type Step } from "../../src/approvals/decide.ts";
import { ANSWERS, CHANNELS } from "#approvals";
import { hash, person, somebody } from "./support/people.ts";

const ann = somebody(person(1), "ann", ["approver"]);
const REQUEST: Request = {
  state: "pending",
  digest: hash(1),
  requester: person(8),
  owner: person(9),
  risk: "normal",
  quorum: 1,
  over: false,
  sameEpoch: true,
};
const YES: Answering = {
  person: ann,
  channel: "page",
  answer: "approve",
  digest: hash(1),
  reason: "",
  proof: "absent",
  link: "none",
  before: null,
  others: 0,
};
const NO: Partial<Answering> = { answer: "reject", reason: "not this week" };
const refusal = (refused: string): object => ({ kind: "refuse", refusal: refused });

const table: readonly [string, Partial<Request>, Partial<Answering>, object][] = [
  ["one yes is enough where one is asked for", {}, {}, { kind: "count", enough: true }],
  ["one of two is counted", { quorum: 2 }, {}, { kind: "count", enough: false }],
  ["the second of two is enough", { quorum: 2 }, { others: 1 }, { kind: "count", enough: true }],
  ["the same person a second time is a double click, and no second person", { quorum: 2 }, { before: "approve" }, { kind: "already" }],
  ["a double click after it was decided is one, too", { state: "approved" }, { before: "approve" }, { kind: "already" }],
  ["somebody else's click after it was decided changes nothing", { state: "approved" }, {}, { kind: "ended" }],
  ["nor does a no after the yes", { state: "approved" }, { ...NO, before: "approve" }, { kind: "ended" }],
  ["nor a yes after the no", { state: "rejected" }, {}, { kind: "ended" }],
  ["a no ends it, however many are asked for", { quorum: 3 }, NO, { kind: "reject" }],
  ["a yes can be taken back with a no while others are asked", { quorum: 2 }, { ...NO, before: "approve" }, { kind: "reject" }],
  ["a no without a reason is refused: the agent is told it", {}, { answer: "reject", reason: "  " }, refusal("reason_missing")],
  ["N8 16 a yes after its time is none, and it is a timeout", { over: true }, {}, { kind: "expire" }],
  ["16 a no after its time is nobody's no either", { over: true }, NO, { kind: "expire" }],
  ["a client that was suspended meanwhile: what was asked before is void", { sameEpoch: false }, {}, { kind: "void", cause: "client_suspended" }],
  ["somebody of no list is refused", {}, { person: null }, refusal("not_an_approver")],
  ["a viewer is refused", {}, { person: somebody(person(1), "vic", ["viewer"]) }, refusal("not_an_approver")],
  ["who manages is not thereby one who approves", {}, { person: somebody(person(1), "ada", ["operator", "admin"]) }, refusal("not_an_approver")],
  ["who lost the role is refused, whatever they answered before", { state: "approved" }, { person: somebody(person(1), "ann", []), before: "approve" }, refusal("not_an_approver")],
  ["N7 15 nobody approves their own request", { requester: ann.person }, {}, refusal("own_request")],
  ["15 nor what their own agent asks", { owner: ann.person }, {}, refusal("own_agent")],
  ["but may reject it", { requester: ann.person }, NO, { kind: "reject" }],
  ["14 what was shown is not what would run", {}, { digest: hash(2) }, refusal("other_arguments")],
  ["14 the same for a no: it would be about something else", {}, { ...NO, digest: hash(2) }, refusal("other_arguments")],
  ["a click in Slack never approves", {}, { channel: "slack" }, refusal("only_on_the_page")],
  ["nor does one in a mail", {}, { channel: "email" }, refusal("only_on_the_page")],
  ["nor a command line", {}, { channel: "cli" }, refusal("only_on_the_page")],
  ["a click in Slack may reject", {}, { ...NO, channel: "slack" }, { kind: "reject" }],
  ["13 a link that was used before is refused", {}, { link: "used" }, refusal("link_used")],
  ["a link that was forwarded is nobody else's", {}, { link: "somebody_else" }, refusal("link_of_somebody_else")],
  ["a link of another request opens nothing", {}, { link: "unknown" }, refusal("link_unknown")],
  ["high risk without a passkey is refused", { risk: "high" }, {}, refusal("step_up_missing")],
  ["high risk with a proof over something else is refused", { risk: "high" }, { proof: "bad" }, refusal("step_up_refused")],
  ["high risk with a proof over exactly this counts", { risk: "high" }, { proof: "good" }, { kind: "count", enough: true }],
  ["a no needs no passkey: it only takes power away", { risk: "high" }, NO, { kind: "reject" }],
]; // prettier-ignore

describe("one answer to one request", () => {
  it.each(table)("%s", (_, request, answering, step) => {
    expect(decide({ ...REQUEST, ...request }, { ...YES, ...answering })).toEqual(step);
  });
});

const requests = fc.record<Request>({
  state: fc.constantFrom(...STATES),
  digest: fc.constantFrom(hash(1), hash(2)),
  requester: fc.constantFrom(null, person(1), person(2)),
  owner: fc.constantFrom(null, person(1), person(2)),
  risk: fc.constantFrom("normal", "high"),
  quorum: fc.integer({ min: 1, max: 5 }),
  over: fc.boolean(),
  sameEpoch: fc.boolean(),
});
const answerings = fc.record<Answering>({
  person: fc.constantFrom(
    null,
    ann,
    somebody(person(1), "v", ["viewer"]),
    somebody(person(2), "b", ["approver", "admin"]),
  ),
  channel: fc.constantFrom(...CHANNELS),
  answer: fc.constantFrom(...ANSWERS),
  digest: fc.constantFrom(hash(1), hash(2)),
  reason: fc.constantFrom("", "because"),
  proof: fc.constantFrom("absent", "good", "bad"),
  link: fc.constantFrom("none", "good", "used", "unknown", "somebody_else"),
  before: fc.constantFrom(null, ...ANSWERS),
  others: fc.integer({ min: 0, max: 5 }),
});
const changes = (step: Step): boolean => step.kind === "count" || step.kind === "reject";

describe("whatever is clicked", () => {
  it("invariants 14, 15, 16: a yes counts only in time, from an approver who asked for nothing, for exactly this, on the page", () => {
    fc.assert(
      fc.property(requests, answerings, (request, by) => {
        const step = decide(request, by);
        if (step.kind !== "count") return;
        expect(request).toMatchObject({ state: "pending", over: false, sameEpoch: true });
        expect(by.person?.roles).toContain("approver");
        expect([request.requester, request.owner]).not.toContain(by.person?.person);
        expect(by).toMatchObject({ digest: request.digest, channel: "page", answer: "approve" });
        expect(["none", "good"]).toContain(by.link);
        if (request.risk === "high") expect(by.proof).toBe("good");
        expect(step.enough).toBe(by.others + 1 >= request.quorum);
      }),
    );
  });

  it("nothing that has ended is changed", () => {
    fc.assert(
      fc.property(requests, answerings, (request, by) => {
        if (request.state !== "pending" || request.over || !request.sameEpoch)
          expect(changes(decide(request, by))).toBe(false);
      }),
    );
  });

  it("taking a role, time or a proof away never makes a yes of what was none", () => {
    fc.assert(
      fc.property(requests, answerings, (request, by) => {
        if (decide(request, by).kind === "count") return;
        expect(decide({ ...request, over: true }, by).kind).not.toBe("count");
        expect(decide({ ...request, risk: "high" }, by).kind).not.toBe("count");
        expect(decide(request, { ...by, proof: "absent" }).kind).not.toBe("count");
        expect(decide(request, { ...by, person: null }).kind).not.toBe("count");
      }),
    );
  });
});
