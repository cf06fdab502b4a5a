import { html, raw } from "hono/html";
import type { Verdict } from "../view.ts";

export type Markup = ReturnType<typeof html>;

const WORDS: Readonly<Record<Verdict, { readonly word: string; readonly icon: string }>> = {
  passing: { word: "Ready to merge", icon: "✓" },
  waiting: { word: "Waiting for a human", icon: "!" },
  blocked: { word: "Blocked", icon: "✕" },
  undecided: { word: "Could not decide", icon: "?" },
  deciding: { word: "Deciding…", icon: "○" },
  free: { word: "Not gated", icon: "–" },
  merged: { word: "Merged", icon: "⇥" },
  closed: { word: "Closed", icon: "–" },
};

/** Never colour alone: an icon and words, too. */
export const badge = (verdict: Verdict): Markup =>
  html`<span class="badge ${verdict}"><span aria-hidden="true">${WORDS[verdict].icon}</span> ${WORDS[verdict].word}</span>`;

export const sha = (text: string): Markup => html`<code title="${text}">${text.slice(0, 7)}</code>`;

/** `2026-11-21 10:05:00` in UTC: the pages speak about order and seconds, so a relative time would hide what matters. */
export const time = (ms: number): Markup => {
  const text = new Date(ms).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 10) === new Date().toISOString().slice(0, 10) ? text.slice(11, 19) : text.slice(0, 19).replace("T", " ")}</time>`;
};

export interface Page {
  readonly title: string;
  readonly body: Markup;
  /** Names what is on the page; the script reloads when the server's answer differs. null: the page stands still. */
  readonly watch: { readonly url: string; readonly version: string; readonly busy: boolean } | null;
  readonly footer: string;
}

export const page = ({ title, body, watch, footer }: Page): Markup => html`<!doctype html>
<html lang="en"${watch === null ? "" : html` data-watch="${watch.url}" data-version="${watch.version}"`} data-busy="${watch?.busy === true ? "yes" : "no"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Countersign demo</title>
<link rel="stylesheet" href="/base.css">
<link rel="stylesheet" href="/demo.css">
<link rel="icon" href="data:,">
<noscript>${watch?.busy === true ? html`<meta http-equiv="refresh" content="1">` : ""}</noscript>
<script src="/demo.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/">Countersign</a>
<nav aria-label="Pages"><a href="/">Pull requests</a> <a href="/approvals">Approvals</a> <a href="/controls">Controls</a> <a href="/audit">Audit log</a></nav>
<p>A demonstration: the people, repositories and GitHub here are made up; the program that decides is the real one.</p>
</header>
<main id="main">
${body}
</main>
<footer>${footer}</footer>
</body>
</html>`;

export { html, raw };
