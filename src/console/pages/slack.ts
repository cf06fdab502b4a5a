import type { Session } from "#identity";
import type { LinkedSlack } from "#identity/io";
import { csrfField, html, page, time, type Markup } from "./layout.ts";

export interface SlackView {
  readonly session: Session;
  readonly accounts: readonly LinkedSlack[];
  /** Shown once. */
  readonly code: string | null;
  readonly said: string | null;
}

export const slackPage = ({ session, accounts, code, said }: SlackView): Markup =>
  page({
    title: "Slack",
    session,
    at: "slack",
    body: html`${said === null ? "" : html`<p class="said" role="status">${said}</p>`}
<p class="lead">A click in Slack counts for you once the account there is bound to you. Nobody is bound by a name or an address.</p>
${accounts.length === 0 ? html`<p>No account is bound yet.</p>` : html`<ul class="queue">${accounts.map((account) => item(session, account))}</ul>`}
${code === null ? ask(session) : shown(code)}`,
  });

const item = (session: Session, { team, user, linkedAt }: LinkedSlack): Markup => html`<li>
<h2>${user} <span class="quiet">in workspace ${team}</span></h2>
<p class="quiet">since ${time(linkedAt)}</p>
<form method="post" action="/slack/remove">${csrfField(session)}<input type="hidden" name="team" value="${team}"><input type="hidden" name="user" value="${user}"><button class="plain">Remove ${user}</button></form>
</li>`;

const ask = (
  session: Session,
): Markup => html`<form class="answer" method="post" action="/slack/code">${csrfField(session)}
<p>A code is shown here, once. Type it in Slack within ten minutes, with the account that is yours.</p>
<p class="buttons"><button>Show me a code</button></p>
</form>`;

const shown = (
  code: string,
): Markup => html`<p>Type this in Slack within ten minutes. Give it to nobody: whoever types it acts as you there.</p>
<pre>/countersign link ${code}</pre>`;
