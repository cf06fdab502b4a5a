// What is carried out: after its verdict, on GREEN or people's yes, as it was signed, once, and never while it is stopped.

import { expect } from "vitest";
import { canonicalBytes } from "#verifier";
import { digestOf } from "../../../../src/gateway/io/digest.ts";
import { isNever } from "../asks.ts";
import { those, type Of } from "../happened.ts";
import type { Records, Row, Trace } from "./records.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export function checkExecutions({ happened, records }: Trace): void {
  const executed = those(happened, "executed");
  const signed = new Set(those(happened, "signed").map((each) => hex(each.signed.bytes)));
  for (const each of executed) {
    const { packet } = each;
    const own = records[each.side] ?? expect.unreachable();
    const row =
      own.rows.find(({ call_id }) => call_id === packet.call) ?? expect.unreachable("21: a row of its own tenant");
    expect(signed, "11, 12: exactly what the gateway signed").toContain(hex(canonicalBytes(packet)));
    expect(digestOf(packet.args), "12: the arguments are those that were decided about").toBe(packet.argsHash);
    expect(isNever(packet), "5, 24, 25: never, in whatever spelling").toBe(false);
    expect(each.stopped, "2: nothing is begun while it is stopped").toBe(false);
    expect(row.explain, "10: what was only to be explained is not carried out").toBe(false);
    expect(row.colour, "4, 5: GREEN").toBe("GREEN");
    checkWritten(own, packet);
    if (packet.approval === null) expect(packet.verdict, "4: by itself only what is GREEN").toBe("GREEN");
    else checkApproved(each, happened, row);
  }
  const calls = executed.map(({ packet }) => packet.call);
  expect(new Set(calls).size, "13, 27: a packet at most once").toBe(calls.length);
  const approvals = executed.flatMap(({ packet }) => packet.approval ?? []);
  expect(new Set(approvals).size, "13: one approval, one execution").toBe(approvals.length);
  const aged = executed.map(({ packet, at }) => {
    const from = those(happened, "signed").find((each) => hex(each.signed.bytes) === hex(canonicalBytes(packet)));
    return at - (from ?? expect.unreachable()).at;
  });
  expect(
    aged.filter((ms) => ms >= 60_000),
    "30: no packet is carried out after its minute",
  ).toEqual([]);
}

/** 1, 6, 13, 20: the verdict about exactly this, without an error, and then the intent, are in the log. */
function checkWritten({ entries }: Records, packet: Of<"executed">["packet"]): void {
  const own = entries.filter(({ target }) => target.id === packet.call);
  const verdict = own.findLast(({ kind }) => kind === "call.verdict");
  const intents = own.filter(({ kind, outcome }) => kind === "call.execute" && outcome === "intent");
  expect(verdict?.payload.facts?.argsHash, "1, 20: the verdict about exactly this").toBe(packet.argsHash);
  expect(verdict?.payload.verdict, "4, 5, 6: GREEN without an error, and never RED").toMatchObject({
    colour: "GREEN",
    errors: [],
  });
  expect(
    intents.map(({ id }) => id),
    "13, 20: one intent, which the packet names",
  ).toEqual([packet.intent]);
  const order = own.map(({ kind }) => kind);
  expect(order.indexOf("call.verdict"), "1: the verdict comes first").toBeLessThan(order.indexOf("call.execute"));
}

/** 14, 15, 16, 23, 30. */
function checkApproved(each: Of<"executed">, happened: Trace["happened"], { approval }: Row): void {
  const { packet, at, side, headNow } = each;
  const said = those(happened, "said").filter(
    (one) => one.side === side && one.approval === packet.approval && one.yes,
  );
  expect(said.length, "15: somebody said yes").toBeGreaterThan(0);
  expect(
    said.every(({ may }) => may),
    "15: who did not ask, and was an approver then",
  ).toBe(true);
  const before = happened.slice(0, happened.indexOf(each));
  expect(those(before, "roles").at(-1)?.approver ?? true, "15: and is one now").toBe(true);
  expect(approval, "14: of this call, agent, arguments, rules and commit").toMatchObject({
    call_id: packet.call,
    agent_id: packet.agent,
    digest: packet.argsHash,
    policy_set: packet.policySet,
    head_sha: packet.headSha,
  });
  if (packet.headSha !== null) expect(packet.headSha, "14, 23: at the head that was approved").toBe(headNow);
  const requested = those(happened, "requested").find((one) => one.approval === packet.approval);
  const age = at - (requested ?? expect.unreachable()).at;
  expect(age, "16, 30: nobody's yes counts after its time").toBeLessThan((approval?.life ?? 0) + 60_000);
}
