import type { Membership } from "#identity/io";
import { html, page, type Markup } from "./layout.ts";

export const signInPage = (go: string | null, said: string | null): Markup =>
  page({
    title: "Sign in",
    session: null,
    at: null,
    body: html`${said === null ? "" : html`<p class="said" role="alert">${said}</p>`}
<p>Countersign asks people before an agent does something that cannot be undone. To see what waits for an answer, say who you are.</p>
${
  go === null
    ? html`<p class="said">Nobody can sign in yet: this server has no client id and secret of its GitHub App. Whoever runs it sets GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET, or connects GitHub again.</p>`
    : html`<p><a class="button" href="${go}">Sign in with GitHub</a></p>
<p class="quiet">GitHub tells Countersign your account's name and number, and nothing else. Only people whom an operator has added get in.</p>`
}`,
  });

/** For whom belongs to several clients. */
export const choosePage = (login: string, clients: readonly Membership[], choice: string): Markup =>
  page({
    title: "Which client?",
    session: null,
    at: null,
    body: html`<p>You are ${login}, and belong to several clients. A session is in one of them.</p>
<form method="post" action="/login/choose" class="choices">
<input type="hidden" name="choice" value="${choice}">
${clients.map(({ tenant, prefix }) => html`<button name="tenant" value="${tenant}">${prefix}</button> `)}
</form>`,
  });
