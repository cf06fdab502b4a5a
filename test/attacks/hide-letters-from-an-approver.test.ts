// The attacker is an agent that has a person say yes to something else than what they read: letters that are not seen, or that turn the order
// of the others (Trojan Source), in what it wants to be done.

import { beforeAll, describe, expect, it } from "vitest";
import type { NewApproval } from "#approvals";
import { peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
beforeAll(async () => {
  await s.person(s.acme, "ann", ["approver"]);
});

const HIDDEN = [
  ["an override that turns the order", "\u202e"],
  ["an isolate", "\u2066"],
  ["an embedding", "\u202a"],
  ["a space without width", "\u200b"],
  ["a letter spelt in tags", "\u{e0041}"],
  ["a selector that carries data", "\u{e0105}"],
  ["a carriage return that overwrites a line", "\r"],
  ["an escape", "\u001b"],
  ["a filler", "\u3164"],
  ["a line separator", "\u2028"],
] as const;
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\r\u001b\u3164]|[\u{e0100}-\u{e01ef}]/u;

const shownWith = (letter: string): NewApproval["shown"] => ({
  title: `Commit one${letter} file`,
  tool: "repo.propose",
  agent: "claude",
  requester: "cleo",
  repository: "acme/shop",
  observed: [`It touches 1${letter} path.`],
  recommended: "Say yes.",
  rules: [],
  confidence: { value: 62, why: [] },
  arguments: [{ name: `bo${letter}dy`, value: `if (isAdmin${letter}) return;` }],
  preview: `=== write src/auth.ts\nif (isAdmin${letter}) return;\n`,
  consequences: `Commit one${letter} file. It can be undone.`,
});

async function pages(letter: string): Promise<readonly [queue: string, page: string]> {
  const agent = await s.agent(s.acme, `claude-${Math.random()}`, await s.person(s.acme, "cleo", ["viewer"]));
  const { approval } = await s.ask(s.acme, agent, { shown: shownWith(letter) });
  const ann = await s.signIn("ann");
  return [await (await ann.get("/approvals")).text(), await (await ann.get(`/approvals/${approval}`)).text()];
}

describe("12, 14 what an approver reads is what is executed", () => {
  it.each(HIDDEN)("%s stands there by its number, wherever it is, and they are told", async (_, letter) => {
    const number = `⟦U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟧`;
    const [queue, page] = await pages(letter);
    expect(`${queue}${page}`).not.toMatch(UNSEEN);
    expect(queue).toContain(`Commit one${number} file`);
    expect(page.split(number)).toHaveLength(8);
    expect(page).toContain("There are letters in it that nobody would see");
  });

  it("marks that are heaped over a letter lie over no other line", async () => {
    const [queue, page] = await pages("\u0301".repeat(400));
    expect(`${queue}${page}`).not.toMatch(/\p{M}{6}/u);
    expect(page).toContain("⟦400 marks over one letter⟧");
  });

  it("letters that are read from right to left turn the order of what stands beside them, and the page says so", async () => {
    const [, page] = await pages("\u05d0");
    expect(page).toContain("from right to left");
    const [, none] = await pages("é");
    expect(none).not.toContain("from right to left");
  });

  it.each([["tabs\tand\nlines"], ["Zürich, 東京, עברית, ❤️"]])("%j is shown as it is", async (text) => {
    const [, page] = await pages(text);
    expect(page).toContain(`if (isAdmin${text}) return;`);
    expect(page).not.toContain("There are letters in it");
  });
});
