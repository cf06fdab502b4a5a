// How calls end: once, told truthfully, with one closed trace and a word in the log, whatever broke.

import { expect } from "vitest";
import type { Answer } from "#gateway";
import { those, type Happened } from "../happened.ts";
import type { Records, Trace } from "./records.ts";

export function checkEndings(trace: Trace): void {
  for (const own of trace.records) checkRows(own, trace);
  for (const { answer, n } of those(trace.happened, "answered")) checkAnswer(answer, n, trace);
  checkKeys(trace);
}

function checkRows({ rows, entries }: Records, { happened }: Trace): void {
  for (const row of rows) {
    const whose = `${row.call_id}, ${row.outcome} (${row.code})`;
    const own = entries.filter(({ target }) => target.id === row.call_id);
    const times = those(happened, "executed").filter(({ packet }) => packet.call === row.call_id).length;
    expect(row.state, `18, 27: ${whose} has ended`).toBe("ended");
    expect([row.endings, row.closed], `18: ${whose} has one trace, and it is closed`).toEqual([1, 1]);
    expect(own.length, `18: the log tells of ${whose}`).toBeGreaterThan(0);
    if (row.outcome === "done") expect(times, `27: ${whose} is done once`).toBe(1);
    if (row.outcome === "explained" || row.colour === "RED") expect(times, `5, 10: ${whose}`).toBe(0);
    if (row.outcome === "refused" && row.code !== "killed")
      expect(times, `16, 27: ${whose} is not carried out`).toBe(0);
    if (row.taken === 0) expect(times, `13: ${whose} was consumed by a doer before`).toBe(0);
    if (row.approval?.state === "expired")
      expect(row.code, "16: no answer is a timeout, and nobody's no").toBe("timeout");
    if (row.code === "timeout") expect(row.approval?.state, "16: a timeout is no answer").toBe("expired");
    if (row.code === "rejected") expect(row.approval?.state, "16: a no is a person's").toBe("rejected");
  }
}

/** 20, 27: what the agent is told is so. `n`: the question. */
function checkAnswer(answer: Answer, n: number, { happened }: Trace): void {
  const asked = happened.findIndex((each) => each.kind === "asked" && each.n === n);
  const answered = happened.findIndex((each) => each.kind === "answered" && each.n === n);
  const executions = happened.flatMap((each, i) => (each.kind === "executed" ? [{ ...each, i }] : []));
  const of = (call: string) => executions.filter(({ packet }) => packet.call === call);
  switch (answer.kind) {
    case "done":
      return expect(of(answer.call).filter(({ i }) => i < answered).length, "27: told done, and done").toBe(1);
    case "pending":
      return expect(
        of(answer.call).filter(({ i }) => i < answered),
        "4: people are asked before",
      ).toEqual([]);
    case "explained":
      return expect(of(answer.call), "10: told what would be done, and it is not").toEqual([]);
    case "refused": {
      if (answer.call === null)
        return expect(
          executions.filter(({ during, i }) => during === n && i > asked && i < answered),
          "20: told that nothing could be written down, and nothing is done",
        ).toEqual([]);
      if (answer.code === "key_reused") return;
      if (answer.code === "killed") {
        const kills = happened.slice(of(answer.call)[0]?.i ?? answered, answered + 1).map(isStop);
        if (of(answer.call).length > 0) expect(kills, "2, 3: told that it was stopped, and it was").toContain(true);
        return;
      }
      return expect(of(answer.call), `27: told refused (${answer.code}), and not done`).toEqual([]);
    }
    case "failed":
    case "running":
      return;
  }
}

const isStop = (each: Happened): boolean => each.kind === "killed" || (each.kind === "broke" && each.port === "switch");

/** 26: the same key, the same call: whoever is told of a call under a key is told of the one that there is. */
function checkKeys({ happened }: Trace): void {
  const keyed = those(happened, "answered").flatMap(({ side, n, answer }) => {
    const asked = those(happened, "asked").find((each) => each.n === n)?.asked;
    const call = "call" in answer ? answer.call : null;
    return asked?.idempotencyKey == null || call === null ? [] : [{ whose: `${side} ${asked.idempotencyKey}`, call }];
  });
  for (const [whose, all] of Map.groupBy(keyed, (each) => each.whose))
    expect(new Set(all.map(({ call }) => call)).size, `26: ${whose} is one call`).toBe(1);
}
