// A notice as a comment on GitHub. What it says may quote anybody: nothing in it is markup, a mention or a link.

import { plain, prose } from "#kernel";
import type { Message } from "#tickets";
import { commentMarker } from "../marks.ts";

const LINE = 4_000;
/** GitHub takes 65,536 characters. Every one of them may be escaped. */
const LONGEST = 60_000;

export function commentOf(key: string, { title, text, buttons }: Message): string {
  const paragraphs = text
    .split(/\n{2,}/)
    .map((paragraph) =>
      paragraph
        .split("\n")
        .map((line) => prose(line, LINE))
        .join("  \n"),
    )
    .filter((paragraph) => paragraph.trim() !== "");
  const links = buttons.flatMap((button) =>
    "url" in button ? [`[${prose(button.label, 80)}](${linkOf(button.url)})`] : [],
  );
  const body = [`**${prose(title, 250)}**`, ...paragraphs, links.join(" · ")]
    .filter((part) => part !== "")
    .join("\n\n");
  return `${body.slice(0, LONGEST).toWellFormed()}\n\n${commentMarker(key)}`;
}

/** Ours, and all the same nothing that ends the link. */
const linkOf = (url: string): string => plain(url, 2_000).replace(/[()<> ]/g, encodeURIComponent);
