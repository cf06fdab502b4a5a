import { describe, expect, test } from "vitest";
import { z } from "zod";
import { declarationOf, offeredTools, TOOL_DECLARATIONS } from "#gateway";
import { TOOL_NAMES, TOOLS } from "#policy";
import { canonical } from "#verifier";

const sha = "a".repeat(40);

/** What a plain call of each looks like, as an agent writes it. */
const PLAIN: Readonly<Record<string, Record<string, unknown>>> = {
  "repo.read": { repository: "acme/shop", paths: ["README.md"] },
  "repo.search": { repository: "acme/shop", pattern: "total" },
  "repo.diff": { repository: "acme/shop", base: "main", head: "refs/pull/12/head" },
  "repo.propose": {
    repository: "acme/shop",
    branch: "fix/rounding",
    title: "Round half up",
    body: "Why, and how it was tried.",
    changes: [{ kind: "edit", path: "src/total.ts", find: "floor", replace: "round" }],
  },
  "pr.comment": { repository: "acme/shop", pull_request: 1, body: "Done." },
  "pr.merge": { repository: "acme/shop", pull_request: 1, head_sha: sha },
  "checks.read": { repository: "acme/shop" },
  "logs.read": { repository: "acme/shop", job: 7 },
  "traces.read": {},
  "sql.select": { statement: "select 1" },
  "ticket.read": { ticket: "ACME-7" },
  "ticket.ask": { ticket: "ACME-7", question: "Which one?" },
  "ticket.update": { ticket: "ACME-7", state: "solved", note: "Shipped." },
  "email.notify": { ticket: "ACME-7", subject: "Shipped", body: "It is fixed." },
  "shell.test": { repository: "acme/shop" },
};

describe.each(TOOL_NAMES)("%s (X5, X6)", (name) => {
  const tool = TOOL_DECLARATIONS[name];
  const plain = PLAIN[name] ?? {};

  test("its effect is the rules' table's, and no declaration's own", () => {
    expect({ effect: tool.effect, irreversible: tool.irreversible }).toEqual(TOOLS[name]);
  });

  test("a plain call is read, with one canonical form of its arguments", () => {
    const read = tool.read(plain);
    expect(read).toMatchObject({ kind: "read" });
    if (read.kind !== "read") return;
    // Read again, they say the same: what is hashed is what would be executed.
    expect(tool.read(JSON.parse(canonical(read.arguments)))).toEqual(read);
  });

  test("a key that it does not know is refused, never dropped", () => {
    expect(tool.read({ ...plain, approval: "yes" })).toMatchObject({ kind: "unusable" });
  });

  test.each(Object.keys(plain))(
    "without %s, or with something else there, it is refused or a default is written out",
    (key) => {
      const { [key]: _, ...rest } = plain;
      const without = tool.read(rest);
      if (without.kind === "read") expect(without.arguments).toHaveProperty(key);
      expect(tool.read({ ...plain, [key]: { toString: "x" } })).toMatchObject({ kind: "unusable" });
    },
  );

  test("it has a JSON Schema for agents, closed, with each argument of it bounded", () => {
    const schema = z.toJSONSchema(tool.schema, { io: "input" });
    expect(schema).toMatchObject({ type: "object", additionalProperties: false });
    expect(JSON.stringify(schema)).not.toContain('"type":"number"');
  });
});

describe("arguments that mean something else to a program than to a reader", () => {
  test.each([
    ["a ref that is an option", "repo.diff", { base: "--output=/etc/passwd" }],
    ["a ref with two dots", "repo.diff", { base: "main..other" }],
    ["a ref that is a lock file", "repo.diff", { head: "heads/x.lock" }],
    ["a text with NUL in it", "pr.comment", { body: "a\u0000b" }],
    ["half of a surrogate pair", "pr.comment", { body: "\ud800" }],
    ["a number past what is exact", "logs.read", { job: 2 ** 53 }],
    ["a pull request that is no number", "pr.merge", { pull_request: 0 }],
    ["a short SHA", "pr.merge", { head_sha: "abc123" }],
    ["a ticket that is a path", "ticket.read", { ticket: "../7" }],
    ["a subject that begins another header", "email.notify", { subject: "Fixed\r\nBcc: eve@evil.example" }],
    ["a repository with a way out", "repo.read", { repository: "acme/../../x" }],
    [
      "a path twice",
      "repo.propose",
      {
        changes: [
          { kind: "delete", path: "a" },
          { kind: "delete", path: "a" },
        ],
      },
    ],
  ])("%s is refused", (_, name, change) => {
    expect(declarationOf(name)?.read({ ...PLAIN[name], ...change })).toMatchObject({ kind: "unusable" });
  });
});

describe("what is offered", () => {
  test("every tool there is, to an agent that may call all of them", () => {
    expect(offeredTools("all").map(({ name }) => name)).toEqual(TOOL_NAMES);
  });
  test("an agent is offered what it may call, and nothing that does not exist", () => {
    expect(offeredTools(["repo.read", "root.shell", "ticket.read"]).map(({ name }) => name)).toEqual([
      "repo.read",
      "ticket.read",
    ]);
  });
  test.each(["", "constructor", "__proto__", "toString", "repo.READ"])("%j is no tool", (name) => {
    expect(declarationOf(name)).toBeNull();
  });
});
