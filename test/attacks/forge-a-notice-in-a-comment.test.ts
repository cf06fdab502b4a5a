// The attacker is an agent that comments, under our own App's name. Hidden in its comment stands the mark by which we know a notice again
// that was perhaps posted before a crash: the warning would count as delivered, and the ticket would be closed without one (S1).

import { expect, it } from "vitest";
import { commentMarker } from "../../src/notify/marks.ts";
import { quiet } from "../../src/doer/io/tools/pr-comment.ts";

const MARK = commentMarker("ticket/01a20274-a449-768b-adcf-e0b8d2898d07/1/nudge_72h/1");

it.each([
  ["as it is", MARK],
  ["below other words", `Looks good.\n\n${MARK}`],
  ["twice, one in the other", MARK.replace("<!--", "<!<!----")],
  ["once more within itself", `<!--${MARK}-->`],
])("S1 the mark %s is no mark any more, and people see it", (_, body) => {
  const text = quiet(body);
  expect(text).not.toContain("<!--");
  expect(text).not.toContain(MARK);
  expect(text).toContain("&lt;!--");
});

it.each([["<b>bold</b>"], ["a <- b"], ["if (a <!b) {}"], ["<!DOCTYPE html>"]])("%j is left alone", (body) => {
  expect(quiet(body)).toBe(body);
});
