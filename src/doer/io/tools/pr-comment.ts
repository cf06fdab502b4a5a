import { z } from "zod";
import { prCommentArguments } from "#gateway";
import { done, Unable, unknown, type ToolWork } from "../../work.ts";
import { part, withApi, type Api } from "./api.ts";

const commentShape = z.object({ id: z.int(), html_url: z.string() });
const commentsShape = z.array(commentShape.extend({ body: z.string().nullish() }));
type Comment = z.infer<typeof commentShape>;

/** GitHub's clock is not ours. */
const BEFORE_MS = 10 * 60_000;
const MOST_PAGES = 10;

/**
 * Someone who is named is not called, no line begins a command of anybody's, and nothing stands there that people do not see: by a hidden
 * mark in a comment of our App's we know our own notices again. Nothing in it is fetched when it is looked at: a picture's address says to its
 * server whatever was written into it.
 */
export const quiet = (text: string): string =>
  unpictured(
    uncalled(text)
      .replaceAll("<!--", "&lt;!--")
      // Within the line: over thousands of empty ones, each would be begun at anew.
      .replaceAll(/^([^\S\n\r\u2028\u2029]*)\//gm, "$1\\/"),
  );

/** Written as an entity, too: it is an @ before GitHub looks for names. What stands before it may be markup. */
export const uncalled = (text: string): string =>
  text.replaceAll(/&(?:#0*64|#x0*40|commat);?/gi, "@").replaceAll(/(?<![A-Za-z0-9])@(?=[A-Za-z0-9])/g, "@\u200b");

/** `![1, 2].includes(x)` is code, and no picture: nothing after it or before it makes it one. */
function unpictured(text: string): string {
  const named = text.includes("]:");
  const last = Math.max(text.lastIndexOf("]("), text.lastIndexOf("]["));
  return text
    .replaceAll("![", (found, at: number) => (named || at < last ? "&#33;[" : found))
    .replaceAll(/<(?=(?:img|image|picture|source|video|audio|svg|iframe|object|embed)\b)/gi, "&lt;");
}

/**
 * Under our App's own name. INVARIANT: that an agent wrote it stands first: at the end, a block that is left open (`<details>`, a fence) would hide
 * it, and what stands there would be read as Countersign's word.
 */
export const attributed = (by: string, body: string): string => `${headed(by)}\n\n${quiet(body)}`;
const headed = (by: string): string => `<sub>${by}</sub>`;

export const prComment: ToolWork = async (bench) => {
  const { packet } = bench;
  const { pull_request: number, body } = prCommentArguments.parse(packet.args);
  const by = `Written by an agent (\`${packet.agent}\`, call \`${packet.call}\`), which approves nothing.`;
  const text = attributed(by, body);
  return withApi(bench, { pull_requests: "write" }, async (api) => {
    const below = `issues/${number}/comments`;
    const since = new Date(packet.iat - BEFORE_MS).toISOString();
    const told = await api.write({ method: "POST", below, body: { body: text }, shape: commentShape }, () =>
      findIn(api, `${below}?since=${part(since)}`, headed(by)),
    );
    const where = `${api.repository.name}#${number}`;
    return told.kind === "written"
      ? done(`Commented on ${where}.`, { comment: told.made.id, url: told.made.html_url })
      : unknown(
          `Whether the comment is on ${where} is not known. ${told.why}`,
          `A person looks at ${where}: where no comment names the call ${packet.call}, make the call again.`,
        );
  });
};

/** By its first line, which names the call: no other comment begins so. */
async function findIn(api: Api, below: string, first: string): Promise<Comment | "absent"> {
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const comments = await api.get(`${below}&per_page=100&page=${page}`, commentsShape);
    if (comments === "absent") return "absent";
    const found = comments.find(({ body }) => body?.startsWith(first) === true);
    if (found !== undefined) return found;
    if (comments.length < 100) return "absent";
  }
  throw new Unable("There are more comments than can be looked through.", "Ask a person.");
}
