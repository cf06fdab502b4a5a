import { SENTENCES } from "#gate";

const MOVES = {
  author: "the author",
  reviewer: "a reviewer",
  administrator: "an administrator of the repository",
  operator: "whoever runs Countersign",
  nobody: "nobody",
} as const;

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** docs/gate-codes.md: the same table that the check run and the command line speak from. */
export function codesPage(): string {
  const rows = Object.entries(SENTENCES).map(
    ([code, { what, todo, move }]) => `| \`${code}\` | ${cell(what)} | ${cell(todo)} | ${MOVES[move]} |`,
  );
  return `# What the gate says

Written by \`npm run guarantees\` from the code; do not edit. In the order of importance: a check's title speaks of the first that applies.

| code | what happened | what to do | whose move |
|---|---|---|---|
${rows.join("\n")}
`;
}
