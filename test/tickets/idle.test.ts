import { describe, expect, it } from "vitest";
import { watchIdle } from "#tickets";

describe("T22 the alarm about slow looks that find nothing", () => {
  it.each([
    ["30 slow ones in a row are told once, however long it goes on", [...Array(100).keys()].map(() => 6), 1],
    ["29 are none", [...Array(29).keys()].map(() => 6), 0],
    ["a quick one between them begins anew", [...Array(58).keys()].map((n) => (n === 29 ? 1 : 6)), 0],
    ["after a quick one it is told again", [...Array(61).keys()].map((n) => (n === 30 ? 1 : 6)), 2],
    ["5 ms is quick", [...Array(100).keys()].map(() => 5), 0],
  ] as const)("%s", (_, looks, told) => {
    const alarms: number[] = [];
    const look = watchIdle((ms) => alarms.push(ms));
    for (const ms of looks) look(ms);
    expect(alarms).toHaveLength(told);
  });
});
