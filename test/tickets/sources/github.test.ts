import { describe, expect, test } from "vitest";
import { appId, instant, repositoryId, userId } from "#kernel";
import { githubPlace, githubSignal, heardOnGithub, type CommentNews, type GithubFacts, type IssueNews } from "#tickets";

function there<T>(value: T | null): T {
  if (value === null) throw new Error("not a value of its kind");
  return value;
}
const OURS = there(appId(4242));
const OTHER = there(appId(15368));
const at = (text: string) => there(instant(text));
const ann = { id: there(userId(7)), login: "ann", type: "User" } as const;
const bot = { id: there(userId(9)), login: "dependabot[bot]", type: "Bot" } as const;
const us = { id: there(userId(10)), login: "countersign[bot]", type: "Bot" } as const;
const facts: GithubFacts = { label: "countersign", app: OURS, bot: "countersign[bot]", staff: false };

const place = { repository: there(repositoryId(5)), number: 12 };
const written = {
  ...place,
  author: ann,
  viaApp: null,
  title: "Sign in fails",
  text: "It says 500.",
  at: at("2026-11-02T09:00:00Z"),
};
const issue = (over: Partial<IssueNews> = {}): IssueNews => ({
  ...written,
  kind: "issue",
  issue: 900,
  labels: [],
  assignee: null,
  ...over,
});
const comment = (over: Partial<CommentNews> = {}): CommentNews => ({
  ...written,
  kind: "comment",
  comment: "issue_comment:31",
  association: "NONE",
  asks: false,
  ...over,
});

describe("what opens a ticket", () => {
  test.each<[string, IssueNews | CommentNews, boolean | null]>([
    ["our label, whatever its case", issue({ labels: ["bug", "Countersign"] }), true],
    ["another label opens nothing and says nothing (T10)", issue({ labels: ["bug"] }), null],
    ["our bot is assigned", issue({ assignee: "Countersign[bot]" }), true],
    ["somebody else is assigned", issue({ assignee: "ann" }), null],
    ["a bot's issue that a person labelled", issue({ author: bot, labels: ["countersign"] }), true],
    ["our own issue never", issue({ author: us, labels: ["countersign"] }), null],
    ["/countersign ticket by a member", comment({ asks: true, association: "MEMBER" }), true],
    ["/countersign ticket by whoever passes by a public repository only lands", comment({ asks: true }), false],
    ["a comment only lands", comment(), false],
  ])("%s", (_, news, opens) => expect(heardOnGithub(news, facts)?.opens ?? null).toBe(opens));

  test("the label put on twice, or seen with the new issue and after it, is one message", () => {
    const twice = [
      issue({ labels: ["countersign"] }),
      issue({ labels: ["countersign"], assignee: "countersign[bot]" }),
    ];
    expect(new Set(twice.map((news) => heardOnGithub(news, facts)?.message))).toEqual(new Set(["github:issue:900"]));
  });

  test("issue, comment and pull request with one number are one conversation", () => {
    const heard = [issue({ labels: ["countersign"] }), comment(), comment({ comment: "review_comment:31" })].map(
      (news) => heardOnGithub(news, facts),
    );
    expect(new Set(heard.map((each) => each?.conversation))).toEqual(new Set(["github:5#12"]));
    expect(new Set(heard.map((each) => each?.message)).size).toBe(3);
  });
});

describe("T10, T11: whose word it is", () => {
  test.each<[string, Partial<CommentNews>, Partial<GithubFacts>, string | null]>([
    ["a person who comments", {}, {}, "client_person"],
    ["a person of ours", {}, { staff: true }, "staff"],
    ["a bot", { author: bot }, {}, null],
    ["an organisation's own account", { author: { ...bot, type: "Organization" } }, {}, null],
    ["our App, by its bot", { author: us }, {}, null],
    ["our App, when its bot's name is not known", { author: us, viaApp: OURS }, { bot: null }, null],
    ["a person through another App", { viaApp: OTHER }, {}, "client_person"],
    ["an account that is deleted meanwhile was a person's", { author: null }, {}, "client_person"],
    [
      "a person who quotes our hidden mark is still a person",
      { text: "> Still there?\n<!-- countersign:notice:1 -->\n\nYes!" },
      {},
      "client_person",
    ],
  ])("%s", (_, over, more, sender) =>
    expect(heardOnGithub(comment(over), { ...facts, ...more })?.sender ?? null).toBe(sender),
  );
});

test("what a stranger wrote is bounded, printable, and names its author by what cannot change hands", () => {
  const heard = heardOnGithub(
    comment({ title: "a\u202Eb\nc".repeat(200), text: "x".repeat(70_000) + "\u0000" }),
    facts,
  );
  expect(heard?.title.length).toBeLessThanOrEqual(200);
  expect(heard?.title).not.toMatch(/[\p{Cc}\u202E]/u);
  expect(heard?.text.length).toBeLessThan(20_100);
  expect(heard?.from).toEqual({ name: "ann", address: null, id: "github:7" });
});

test("a conversation's name says where it is", () => {
  expect(githubPlace("github:5#12")).toEqual({ repository: 5, number: 12 });
  for (const foreign of ["slack:T1/C1/1.2", "github:5#12/x", "github:#1", "mail:<a@b>"])
    expect(githubPlace(foreign)).toBeNull();
});

describe("what the issue says just before a close", () => {
  const since = at("2026-11-02T10:00:00Z");
  const said = (author: typeof ann | typeof bot, time: string, viaApp: typeof OURS | null = null) => ({
    author,
    viaApp,
    at: at(time),
  });
  const signal = (comments: Parameters<typeof githubSignal>[0], staff: readonly (typeof ann)["id"][] = []) =>
    githubSignal(comments, since, { app: OURS, staff: new Set(staff) });

  test("the newest word of a person; an equal instant is the client's", () => {
    expect(signal([said(ann, "2026-11-02T10:00:00Z")])).toEqual({ kind: "heard", at: since });
    const later = at("2026-11-03T10:00:00Z");
    expect(signal([said(ann, "2026-11-03T10:00:00Z"), said(ann, "2026-11-02T12:00:00Z")])).toEqual({
      kind: "heard",
      at: later,
    });
  });
  test("bots, our App, people of ours and what was said before are silence", () => {
    expect(
      signal([
        said(bot, "2026-11-03T10:00:00Z"),
        said(ann, "2026-11-03T10:00:00Z", OURS),
        said(ann, "2026-11-02T09:59:59Z"),
      ]),
    ).toEqual({ kind: "silent" });
    expect(signal([said(ann, "2026-11-03T10:00:00Z")], [ann.id])).toEqual({ kind: "silent" });
  });
});
