import type { Session } from "#identity";
import type { Passkey } from "#identity/io";
import { csrfField, html, page, time, type Markup } from "./layout.ts";

export interface PasskeysView {
  readonly session: Session;
  readonly keys: readonly Passkey[];
  readonly possible: boolean;
  /** Signed in a moment ago: keys are added and removed then only. */
  readonly fresh: boolean;
  readonly said: string | null;
}

const AGAIN = html`<p class="said">Keys are added and removed within ten minutes of signing in, so that nobody does it at a screen that was left open. Sign out, sign in and come back.</p>`;

export const passkeysPage = ({ session, keys, possible, fresh, said }: PasskeysView): Markup =>
  page({
    title: "Passkeys",
    session,
    at: "passkeys",
    script: possible,
    body: html`${said === null ? "" : html`<p class="said" role="status">${said}</p>`}
<p class="lead">A passkey says yes where a yes weighs more than most: by your fingerprint, face, PIN or security key, over exactly one request. It is never needed for a no.</p>
${keys.length === 0 ? html`<p>You have none yet.</p>` : html`<ul class="queue">${keys.map((key) => item(session, key, fresh))}</ul>`}
${!possible ? html`<p class="said">Browsers give no passkeys to a bare address. Whoever runs this server sets PUBLIC_URL to https:// and its name.</p>` : fresh ? addForm(session) : ""}
${fresh ? "" : AGAIN}`,
  });

const item = (session: Session, { id, name, addedAt, lastUsedAt }: Passkey, fresh: boolean): Markup => html`<li>
<h2>${name}</h2>
<p class="quiet">added ${time(addedAt)}${lastUsedAt === null ? ", not used yet" : html`, last used ${time(lastUsedAt)}`}</p>
${fresh ? html`<form method="post" action="/passkeys/${id}/remove">${csrfField(session)}<button class="plain">Remove ${name}</button></form>` : ""}
</li>`;

const addForm = (session: Session): Markup => html`<form class="answer" data-passkey-add data-csrf="${session.csrf}">
<label for="name">What to call it</label>
<input id="name" name="name" maxlength="60" required value="My passkey">
<p class="buttons"><button>Add a passkey</button></p>
<p class="said" role="alert" id="passkey-problem" hidden></p>
<noscript><p class="said">Adding a passkey needs JavaScript in this browser.</p></noscript>
</form>`;
