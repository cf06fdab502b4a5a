// gate.md section 8: where the rules could be read two ways, sentence by sentence, and the edges around them.
// Who: requesters, vetoes, holds and withdrawals.

import { describe, expect, test } from "vitest";
import { incomplete } from "#kernel";
import { decide } from "#gate";
import {
  adm,
  agent,
  ann,
  at,
  b0,
  bob,
  commit,
  dismissed,
  H1,
  H2,
  out,
  req,
  ro,
  says,
  svc,
  without,
} from "./baseline.ts";
import { E, F, P, rows } from "./table.ts";

const approved = says(ann);

describe("who asked", () => {
  const human = { author: bob };
  const nobody = { known: true, people: [] } as const;
  rows([
    [
      "nobody asked is believed of a human author",
      b0({ reviews: [approved], pullRequest: human, requesters: nobody }),
      P,
    ],
    [
      "but not of a bot",
      b0({ reviews: [approved], requesters: nobody }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "nor of a service account",
      b0({ reviews: [approved], pullRequest: { author: svc }, requesters: nobody }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "nor of an account that is gone",
      b0({ reviews: [approved], pullRequest: { author: null }, requesters: nobody }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "an agent named as the one who asked names nobody",
      b0({ reviews: [approved], requesters: { known: true, people: [{ id: agent.id, login: agent.login }] } }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "a service account named as the one who asked names nobody",
      b0({
        reviews: [approved],
        pullRequest: { author: svc },
        requesters: { known: true, people: [{ id: svc.id, login: svc.login }] },
      }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "nor does a bot under a name without the mark",
      b0({ reviews: [approved], requesters: { known: true, people: [{ id: agent.id, login: "agent" }] } }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "a human named besides a service account is known",
      b0({ reviews: [approved], requesters: { known: true, people: [svc, req] } }),
      P,
    ],
    ["unknown, and no approval at all", b0({ requesters: { known: false } }), F("no_approval")],
    [
      "unknown, and one person twice",
      b0({ reviews: [approved, says(ann, { id: 2000, at: at("10:07") })], requesters: { known: false } }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "a commit whose author maps to no account needs one human more",
      b0({ reviews: [approved], commits: [commit(H1, { author: null }), commit(H2)] }),
      F("insufficient_approvals"),
    ],
    [
      "so does one whose committer does",
      b0({ reviews: [approved], commits: [commit(H1), commit(H2, { committer: null })] }),
      F("insufficient_approvals"),
    ],
    [
      "two humans are enough for both unknowns together",
      b0({
        reviews: [approved, says(bob)],
        commits: [commit(H1, { author: null }), commit(H2)],
        requesters: { known: false },
      }),
      P,
    ],
    [
      "a co-author trailer without an account excludes nobody",
      b0({ reviews: [approved], commits: [commit(H1), commit(H2, { unmappedCoauthors: ["Agent <a@example.com>"] })] }),
      P,
    ],
    [
      "with two needed and unknown, three",
      b0({ reviews: [approved, says(bob)], config: "version: 1\nmin_approvals: 2\n", requesters: { known: false } }),
      F("insufficient_approvals", "requester_unknown"),
    ],
  ]);
});

describe("a veto", () => {
  const veto = (by: Parameters<typeof says>[0]) => says(by, { state: "CHANGES_REQUESTED" });
  const gone = says(bob, { state: "DISMISSED", sha: H1, at: at("09:30") });
  const stopped = F("veto_outstanding");
  rows([
    ["binds from an outside collaborator with write access", b0({ reviews: [approved, veto(out)] }), stopped],
    ["binds from the requester: anybody entitled may stop", b0({ reviews: [approved, veto(req)] }), stopped],
    [
      "binds from a contributor",
      b0({ reviews: [approved, veto(bob)], commits: [commit(H1, { author: bob }), commit(H2)] }),
      stopped,
    ],
    ["does not bind from a reader", b0({ reviews: [approved, veto(ro)] }), P],
    ["does not bind from a bot", b0({ reviews: [approved, veto(agent)] }), P],
    ["does not bind from a service account", b0({ reviews: [approved, veto(svc)] }), P],
    ["does not bind from an account that is gone", b0({ reviews: [approved, veto(null)] }), P],
    [
      "whose author's permission is unknown fails closed",
      b0({ reviews: [approved, veto(bob)], people: without(bob) }),
      E(),
    ],
    [
      "without any approval: nobody approved, and somebody stopped",
      b0({ reviews: [veto(bob)] }),
      F("no_approval", "veto_outstanding"),
    ],
    [
      "from somebody who had approved, while others' approvals suffice",
      b0({ reviews: [says(bob), approved, says(ann, { id: 2000, state: "CHANGES_REQUESTED", at: at("10:06") })] }),
      stopped,
    ],
    [
      "is lifted by its author's later approval, even a stale one",
      b0({
        reviews: [
          says(bob, { id: 1, sha: H1, state: "CHANGES_REQUESTED", at: at("09:10") }),
          says(bob, { id: 2, sha: H1, at: at("09:20") }),
          approved,
        ],
      }),
      P,
    ],
    [
      "is lifted by its author's own dismissal",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, bob)] }),
      P,
    ],
    ["stands when the timeline has no dismissal", b0({ reviews: [gone, approved] }), stopped],
    [
      "stands when the dismissal names nobody",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, null)] }),
      stopped,
    ],
    [
      "stands when a bot dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, agent)] }),
      stopped,
    ],
    [
      "stands when the requester dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, req)] }),
      stopped,
    ],
    [
      "stands when a contributor dismissed it",
      b0({
        reviews: [gone, approved],
        dismissals: [dismissed(gone, adm)],
        commits: [commit(H1, { author: adm }), commit(H2)],
      }),
      stopped,
    ],
    [
      "stands when a counted approver dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, ann)] }),
      stopped,
    ],
    [
      "stands when a reader dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, ro)] }),
      stopped,
    ],
    [
      "fails closed when the dismisser's permission is unknown",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, adm)], people: without(adm) }),
      E(),
    ],
    [
      "a dismissal of another review lifts nothing",
      b0({ reviews: [gone, approved], dismissals: [dismissed(approved, adm)] }),
      stopped,
    ],
    [
      "a dismissed approval was no veto, whoever dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, agent, "APPROVED")] }),
      P,
    ],
    [
      "a dismissal clears for good: an earlier approval does not revive",
      b0({
        reviews: [approved, says(ann, { id: 2000, state: "DISMISSED", at: at("10:06") })],
        dismissals: [dismissed(says(ann, { id: 2000 }), adm, "CHANGES_REQUESTED")],
      }),
      F("dismissed"),
    ],
    [
      "a lifted veto is not counted among the missing approvals",
      b0({ reviews: [gone], dismissals: [dismissed(gone, adm, "CHANGES_REQUESTED")] }),
      F("no_approval"),
    ],
  ]);
  test("that does not bind is shown", () => {
    expect(decide(b0({ reviews: [approved, veto(ro)] })).notes.map((n) => n.code)).toContain("veto_ignored");
  });
});

describe("holds and withdrawals narrow", () => {
  rows([
    ["a hold stops", b0({ reviews: [approved], holds: [{ by: bob, at: at("10:06"), reason: "wait" }] }), F("held")],
    ["holds that could not be read fail closed", b0({ reviews: [approved], holds: incomplete("down") }), E()],
    [
      "a withdrawn approval does not count",
      b0({ reviews: [approved], withdrawals: [{ user: ann.id, at: at("10:05") }] }),
      F("withdrawn"),
    ],
    ["one given again after it does", b0({ reviews: [approved], withdrawals: [{ user: ann.id, at: at("10:04") }] }), P],
  ]);
});
