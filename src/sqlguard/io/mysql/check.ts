import type { Verdict } from "../../verdict.ts";
import { deny, refusalOf } from "../../verdict.ts";
import { checkText } from "../../text.ts";
import type { Parser } from "./parser.ts";

/** The first wall alone: what the lexer, both parsers and the lists say of a text, without any database. */
export async function checkMysql(parser: Parser, text: string): Promise<Verdict> {
  const broken = checkText(text);
  if (broken.length > 0) return deny(broken);
  const answer = await parser.classify(text);
  if (answer.kind === "lost") return deny([refusalOf("parser.lost", "")]);
  const { classified, fingerprint } = answer;
  if (classified.kind === null || fingerprint === null) return deny(classified.refusals, fingerprint);
  return { verdict: "allow", kind: classified.kind, fingerprint };
}
