// A proposed rule among the client's own rules, before it is put there.

import { join } from "node:path";
import type { Proposal } from "#approvals/io";
import { parseCases, type Case } from "#policy";
import type { Folder } from "#policy/io";

/** The engine is some megabytes, which no other command has to wait for. */
const engine = () => import("#policy/io");

/** The folder as it would be. */
export async function readWith(folder: string, { rule, files }: Proposal): Promise<Folder> {
  const { readFolder } = await engine();
  const now = await readFolder(folder, "tenant");
  const file = (ending: string, text: string | null) =>
    text === null ? [] : [{ layer: "tenant" as const, file: join(folder, `${rule}${ending}`), text }];
  return {
    ...now,
    cedar: [...now.cedar, ...file(".cedar", files.cedar)],
    prose: [...now.prose, ...file(".md", files.prose)],
    cases: [...now.cases, ...file(".cases.yaml", files.cases)],
  };
}

/** Sentences; none: it can be put there. */
export async function examineFolder(folder: Folder, { rule }: Proposal): Promise<readonly string[]> {
  const { examine, openPolicy, readConstitution } = await engine();
  const constitution = await readConstitution(folder);
  const opened = openPolicy("proposed", constitution);
  if (opened.kind === "refused") return opened.findings.map(({ file, says }) => `${file}: ${says}`);
  const read = folder.cases.map(({ file, text }) => parseCases(file, text));
  const unusable = read.flatMap((each) => (each.kind === "unusable" ? each.problems : []));
  if (unusable.length > 0) return unusable;
  const cases: readonly Case[] = read.flatMap((each) => (each.kind === "cases" ? each.cases : []));
  const { failed, uncovered, survivors } = await examine(
    constitution,
    constitution.rules.filter(({ id }) => id === rule),
    cases,
    () => {},
  );
  return [
    ...failed.map(({ file, name, says }) => `${file}: case "${name}": ${says}`),
    ...[...uncovered, ...survivors].map((each) => `${each.rule}: ${each.says}`),
  ];
}
