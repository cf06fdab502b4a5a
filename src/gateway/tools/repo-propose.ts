import { z } from "zod";
import type { FileEdit } from "#policy";
import { declare } from "../declaration.ts";
import { ASK, MIDDLE, ONE, pathArgument, refArgument, repositoryArgument, text } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

const content = z
  .string()
  .max(256 * 1024)
  .refine((s) => s.isWellFormed() && !s.includes("\u0000"), "is not plain text");

const change = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("write"), path: pathArgument, content: content.describe("The whole file.") }),
  z.strictObject({
    kind: z.literal("edit"),
    path: pathArgument,
    find: text(64 * 1024).describe("Stands in the file exactly once."),
    replace: content,
  }),
  z.strictObject({ kind: z.literal("delete"), path: pathArgument }),
]);
export type Change = z.infer<typeof change>;

export const repoProposeArguments = z.strictObject({
  repository: repositoryArgument,
  base: refArgument
    .nullable()
    .default(null)
    .describe("The branch that the pull request is to go into. Left out: the default branch."),
  branch: refArgument.describe(
    "The topic branch, such as fix/rounding. It is made, or gets one commit more if it is there. Never a protected one.",
  ),
  title: text(200)
    .regex(/^\P{Cc}+$/u, "is more than one line")
    .describe("Of the commit and of the pull request: what changes, in one line."),
  body: text(16 * 1024).describe("Of the pull request: why, and how it was tried."),
  changes: z
    .array(change)
    .min(1)
    .max(200)
    .describe("The smallest change that does it. Each path once. Tests and hooks are not taken out."),
});
export type RepoProposeArguments = z.infer<typeof repoProposeArguments>;

const words = (each: Change): string => {
  switch (each.kind) {
    case "write":
      return each.content;
    case "edit":
      return each.replace;
    case "delete":
      return "";
  }
};
const lines = (s: string): number => (s === "" ? 0 : s.split("\n").length);
const size = (each: Change): number =>
  each.kind === "edit" ? Math.max(lines(each.find), lines(each.replace)) : lines(words(each));

/** Of a file that is written whole, only the doer knows what it was: it looks once more. */
const edit = (each: Change): FileEdit => {
  switch (each.kind) {
    case "write":
      return { path: each.path, before: null, after: each.content };
    case "edit":
      return { path: each.path, before: each.find, after: each.replace };
    case "delete":
      return { path: each.path, before: null, after: null };
  }
};

/** INVARIANT (14): no line of what the agent wrote begins as one of ours does, so that none reads as another file's beginning. */
const under = (mark: string, text: string): string =>
  text
    .split("\n")
    .map((line) => `${mark} ${line}`)
    .join("\n");

const shown = (each: Change): string => {
  switch (each.kind) {
    case "write":
      return `write ${each.path} (${lines(each.content)} lines)\n${under("|", each.content)}`;
    case "edit":
      return `edit ${each.path}\n${under("-", each.find)}\n${under("+", each.replace)}`;
    case "delete":
      return `delete ${each.path}`;
  }
};

export const repoPropose = declare("repo.propose", {
  title: "Propose a change",
  description:
    "Commits changes to a topic branch and opens a draft pull request (or adds a commit to the one that is open for the branch). Answers its number and the commit. Nothing is pushed to a protected branch, no history is rewritten, and workflows, hooks, CODEOWNERS and rule files are refused. Code for authentication, payments, personal data or migrations waits for a person.",
  schema: repoProposeArguments.refine(
    ({ changes }) => new Set(changes.map(({ path }) => path)).size === changes.length,
    { path: ["changes"], message: "name a path twice" },
  ),
  batch: () => ONE,
  subject: ({ repository, branch, title, body, changes }) => ({
    ...NOTHING,
    repository,
    branch,
    messages: [title, body],
    paths: changes.map(({ path }) => path),
    edits: changes.map(edit),
    lines: changes.reduce((sum, each) => sum + size(each), 0),
    // A file's name goes out as its content does.
    texts: [title, body, branch, changes.map(({ path }) => path).join("\n"), ...changes.map(words)],
  }),
  wouldDo: ({ repository, branch, base, title, changes }) =>
    `Commit ${changes.length === 1 ? "one file" : `${changes.length} files`} to ${branch} of ${repository} and open a draft pull request into ${base ?? "its default branch"}: ${title}`,
  preview: ({ body, changes }) =>
    [
      `The pull request's text\n${under("|", body)}`,
      ...changes.map((each, at) => `Change ${at + 1} of ${changes.length}: ${shown(each)}`),
    ].join("\n\n"),
  lease: "github:write",
  budget: MIDDLE,
  asking: ASK,
});
