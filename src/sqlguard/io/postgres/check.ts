import { checkText } from "../../text.ts";
import { decide, deny, refusalOf, syntaxRefusal, type Verdict } from "../../verdict.ts";
import type { Parser } from "./parser.ts";

/** The first wall alone: what PostgreSQL's grammar and lists say of a text, without any database. */
export async function check(parser: Parser, text: string): Promise<Verdict> {
  const broken = checkText(text);
  if (broken.length > 0) return deny(broken);
  const answer = await parser.classify(text);
  switch (answer.kind) {
    case "classified":
      return decide(text, answer.classified, answer.fingerprint);
    case "syntax":
      return deny([syntaxRefusal(text, answer.message, answer.cursor)]);
    case "lost":
      return deny([refusalOf("parser.lost", "")]);
  }
}
