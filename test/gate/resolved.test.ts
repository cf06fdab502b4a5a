// gate.md section 8: where the rules could be read two ways, sentence by sentence, and the edges around them.
// When: error before fail, times of reviews and heads, what was seen first.

import { describe } from "vitest";
import { incomplete, millis, plus } from "#kernel";
import type { HeadSighting } from "#gate";
import { agent, ann, at, b0, bob, branch, commit, forcePush, H1, H2, H3, push, says, seen } from "./baseline.ts";
import { E, F, P, rows } from "./table.ts";

const approved = says(ann);
const DEVELOP = branch("develop");

describe("error wins over fail, fail over pass", () => {
  rows([
    [
      "an incomplete fact wins over a draft",
      b0({ reviews: [approved], pullRequest: { draft: true }, firstSeen: incomplete("timeout") }),
      E(),
    ],
    ["a draft wins over an approval", b0({ reviews: [approved], pullRequest: { draft: true } }), F("draft")],
    [
      "a base nobody guards is still not decided from incomplete facts",
      b0({ pullRequest: { baseRef: DEVELOP }, reviews: incomplete("502") }),
      E(),
    ],
    [
      "an invalid file wins over a closed pull request",
      b0({ config: "version: 2\n", pullRequest: { state: "closed" } }),
      E("config_invalid"),
    ],
    [
      "a fork's unreadable history into a base nobody guards is an error: nothing else would stop it",
      b0({ pullRequest: { baseRef: DEVELOP, fork: true }, sightings: incomplete("404") }),
      E(),
    ],
    [
      "a head that a complete list of commits does not hold is an incomplete fact",
      b0({ reviews: [approved], commits: [commit(H1)] }),
      E(),
    ],
  ]);
});

describe("when a review was submitted", () => {
  const late = says(ann, { at: at("12:01") });
  const veto = says(ann, { id: 2000, state: "CHANGES_REQUESTED", at: null });
  rows([
    ["a review submitted after now does not count", b0({ reviews: [late] }), F("submitted_in_future")],
    ["a review submitted exactly now counts", b0({ reviews: [says(ann, { at: at("12:00") })] }), P],
    ["a review without a usable time does not count", b0({ reviews: [says(ann, { at: null })] }), F("malformed_time")],
    [
      "an approval from the future takes nothing from an earlier one",
      b0({ reviews: [approved, says(ann, { id: 2000, at: at("12:01") })] }),
      P,
    ],
    [
      "an approval from the future does not lift the same person's veto",
      b0({ reviews: [says(bob), says(ann, { state: "CHANGES_REQUESTED" }), says(ann, { id: 2000, at: at("12:01") })] }),
      F("veto_outstanding"),
    ],
    [
      "a veto without a usable time stops: fails closed",
      b0({ reviews: [approved, says(bob), veto] }),
      F("veto_outstanding"),
    ],
    [
      "two reviews in one second: the higher id is the later one",
      b0({ reviews: [says(ann, { id: 2001 }), says(ann, { id: 2000, state: "CHANGES_REQUESTED" })] }),
      P,
    ],
    [
      "two reviews in one second, the veto later",
      b0({ reviews: [says(ann, { id: 2001, state: "CHANGES_REQUESTED" }), says(ann, { id: 2000 })] }),
      F("changes_requested"),
    ],
    ["the same review listed twice is one", b0({ reviews: [approved, approved] }), P],
    [
      "one review id with two contents: the list changed while it was read",
      b0({ reviews: [approved, says(ann, { state: "DISMISSED" })] }),
      E(),
    ],
    [
      "at the boundary the dwell is enough",
      b0({ reviews: [says(ann, { at: at("10:01") })], config: "version: 1\nreview_dwell_seconds: 60\n" }),
      P,
    ],
    [
      "one second before the boundary it is not",
      b0({ reviews: [says(ann, { at: at("10:00:59") })], config: "version: 1\nreview_dwell_seconds: 60\n" }),
      F("too_fast"),
    ],
    [
      "A07 a fraction of the second in which the head came proves no order: fails closed",
      b0({ reviews: [says(ann, { at: plus(at("10:00"), millis(900)) })] }),
      F("predates_head"),
    ],
    [
      "a fraction into a later second is later",
      b0({ reviews: [says(ann, { at: plus(at("10:01"), millis(100)) })] }),
      P,
    ],
    [
      "asked again in the same second fails closed",
      b0({ reviews: [approved], reviewRequests: [{ reviewer: ann.id, at: at("10:05") }] }),
      F("review_rerequested"),
    ],
    [
      "asked before the review is what a request is for",
      b0({ reviews: [approved], reviewRequests: [{ reviewer: ann.id, at: at("10:04") }] }),
      P,
    ],
    [
      "asking a team, or somebody else, revokes nothing",
      b0({
        reviews: [approved],
        reviewRequests: [
          { reviewer: null, at: at("10:07") },
          { reviewer: bob.id, at: at("10:07") },
        ],
      }),
      P,
    ],
  ]);
});

describe("first seen", () => {
  const rebound = says(ann, { sha: H1 });
  rows([
    [
      "no row is fine when the approval names the head and is later than it",
      b0({ reviews: [approved], firstSeen: [] }),
      P,
    ],
    [
      "a row that differs from the current commit id in the other direction",
      b0({ reviews: [rebound], firstSeen: seen(rebound, { sha: H2 }) }),
      F("review_rebound"),
    ],
    [
      "two rows for one review: each must agree",
      b0({ reviews: [approved], firstSeen: [...seen(approved), ...seen(approved, { sha: H1 })] }),
      F("review_rebound"),
    ],
    [
      "a null commit id is unbound whatever was seen first",
      b0({ reviews: [says(ann, { sha: null })], firstSeen: seen(approved) }),
      F("unbound_review"),
    ],
    [
      "a row about another base, though the timeline names no change",
      b0({ reviews: [approved], firstSeen: seen(approved, { baseRef: DEVELOP }) }),
      F("base_changed"),
    ],
    [
      "retargeted away and back: the approval is void",
      b0({ reviews: [approved], baseChanges: [at("10:10"), at("10:11")] }),
      F("base_changed"),
    ],
    [
      "retargeted in the very second of the review fails closed",
      b0({ reviews: [approved], baseChanges: [at("10:05")] }),
      F("base_changed"),
    ],
    ["retargeted before the review is no matter", b0({ reviews: [approved], baseChanges: [at("10:04")] }), P],
  ]);
});

describe("when the head became the head", () => {
  const on = (sightings: readonly HeadSighting[], time = "10:05") =>
    b0({ reviews: [says(ann, { at: at(time) })], sightings });
  rows([
    ["a force-push on the timeline counts by its time", on([forcePush("10:00")]), P],
    ["and only a later review is on what it made", on([forcePush("10:00")], "09:59"), F("predates_head")],
    [
      "a force-push after the push that named the head starts the head anew",
      on([push("09:00", H1, H2), forcePush("10:10")]),
      F("predates_head"),
    ],
    [
      "a head that was replaced and came back starts anew",
      on([push("09:00", H1, H2), push("09:30", H2, H3), push("10:10", H3, H2)]),
      F("predates_head"),
    ],
    [
      "and a review after its return counts",
      on([push("09:00", H1, H2), push("09:30", H2, H3), push("10:00", H3, H2)]),
      P,
    ],
    [
      "a pre-staged commit is head from the push to this branch, not from its first appearance",
      on([push("09:00", null, H1), push("10:10", H1, H2)]),
      F("predates_head"),
    ],
    [
      "a payload that names the head is evidence",
      on([{ source: "payload", at: at("10:00"), before: null, after: H2, actor: null }]),
      P,
    ],
    [
      "the opening alone says nothing about which head",
      on([{ source: "opened", at: at("10:00"), before: null, after: null, actor: agent }]),
      F("head_time_unknown"),
    ],
    ["a deleted branch is no arrival of its last commit", on([push("10:00", H2, null)]), F("head_time_unknown")],
    ["evidence of another head only", on([push("10:00", null, H1)]), F("head_time_unknown")],
    [
      "named and replaced in one second, without the way back",
      on([push("10:00", H2, H3), { source: "payload", at: at("10:00"), before: null, after: H2, actor: null }]),
      F("head_time_unknown"),
    ],
    [
      "a reviewer whose own review's payload names the head is no pusher",
      on([push("10:00", H1, H2), { source: "payload", at: at("10:05"), before: null, after: H2, actor: ann }]),
      P,
    ],
    [
      "incomplete history of a branch that is not a fork's is an error",
      b0({ reviews: [approved], sightings: incomplete("404") }),
      E(),
    ],
  ]);
});
