import { html } from "hono/html";
import type { Session } from "#identity";
import { iso, type Instant } from "#kernel";

export type Markup = ReturnType<typeof html>;

/** `2026-11-22 10:05 UTC`. */
export const time = (at: Instant): Markup => {
  const text = iso(at);
  return html`<time datetime="${text}">${text.slice(0, 16).replace("T", " ")} UTC</time>`;
};

export interface Page {
  readonly title: string;
  readonly body: Markup;
  /** null: nobody is signed in. */
  readonly session: Session | null;
  /** Which of the pages it is. */
  readonly at: "approvals" | "controls" | "passkeys" | "slack" | null;
  /** It says more in a moment, and looks by itself. */
  readonly again?: boolean;
  /** With the script for passkeys. */
  readonly script?: boolean;
}

const NAV = [
  ["approvals", "Approvals"],
  ["controls", "Controls"],
  ["passkeys", "Passkeys"],
  ["slack", "Slack"],
] as const;

export const csrfField = ({ csrf }: Session): Markup => html`<input type="hidden" name="csrf" value="${csrf}">`;

// The meta referrer, because a form of a page without any says that it is from nowhere (Origin: null), and such a form is refused. Other sites
// still learn nothing.
export const page = ({ title, body, session, at, again = false, script = false }: Page): Markup => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<title>${title} · Countersign</title>
<link rel="stylesheet" href="/base.css">
<link rel="stylesheet" href="/console/console.css">
<link rel="icon" href="data:,">
${script ? html`<script src="/console/passkey.js" defer></script>` : ""}
${again ? html`<script src="/console/again.js" defer></script>` : ""}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/">Countersign</a>
${
  session === null
    ? ""
    : html`<nav aria-label="Pages">${NAV.map(
        ([path, name]) => html`<a href="/${path}"${path === at ? html` aria-current="page"` : ""}>${name}</a> `,
      )}</nav>
<form method="post" action="/logout" class="who">${csrfField(session)}<span>${session.person.login} <span class="quiet">(${session.person.roles.join(", ")})</span></span> <button class="plain">Sign out</button></form>`
}
</header>
<main id="main">
<h1>${title}</h1>
${body}
</main>
</body>
</html>`;

/** One sentence, for whoever is signed in or not. */
export const plainPage = (title: string, text: string): Markup =>
  page({ title, session: null, at: null, body: html`<p>${text}</p><p><a href="/approvals">To the approvals</a></p>` });

export { html };
