// A tenant's rules in a test, between Countersign's own.

import { parseFacts, type Facts } from "#policy";
import { openPolicy, readConstitution, type Folder } from "#policy/io";
import { BASELINE } from "../../src/policy/baseline.ts";

export const UNLESS = "unless { context has approval && context.approval.argsHash == context.argsHash }";

interface Written {
  readonly id?: string;
  readonly verdict?: string;
  readonly head?: string;
  readonly when?: string;
  readonly rest?: string;
}

export const forbid = ({
  id = "acme.rule",
  verdict = "RED",
  head = "principal, action, resource",
  when = "true",
  rest,
}: Written): string =>
  `@id("${id}") @version("1") @verdict("${verdict}") @text("A rule of a test.")
forbid (${head}) when { ${when} } ${rest ?? (verdict === "YELLOW" ? UNLESS : "")};`;

export const tenantFolder = (text: string, prose = ""): Folder => ({
  cedar: [{ layer: "tenant", file: "acme.cedar", text }],
  prose: [{ layer: "tenant", file: "acme.md", text: prose }],
  cases: [],
  findings: [],
});

/** What is wrong with a tenant's rules; empty where they load. */
export async function findings(text: string, prose = ""): Promise<readonly string[]> {
  const opened = openPolicy("test", await readConstitution(tenantFolder(text, prose)));
  return opened.kind === "refused" ? opened.findings.map(({ says }) => says) : [];
}

export async function engineOf(text = "", name = "test", prose = "") {
  const opened = openPolicy(name, await readConstitution(tenantFolder(text, prose)));
  if (opened.kind === "refused") throw new TypeError(JSON.stringify(opened.findings));
  return opened.engine;
}

export const facts = (more: Partial<Facts> = {}): Facts => {
  const read = parseFacts({ ...BASELINE, ...more });
  if (read.kind === "unusable") throw new TypeError(read.problems.join("; "));
  return read.facts;
};
