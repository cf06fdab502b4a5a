import type { Asked } from "#approvals";
import type { Session } from "#identity";
import { html, page, time, type Markup } from "./layout.ts";
import { visible } from "./visible.ts";
import { left } from "./words.ts";

export const queuePage = (session: Session, waiting: readonly Asked[], nowMs: number): Markup =>
  page({
    title: "Waiting for an answer",
    session,
    at: "approvals",
    body:
      waiting.length === 0
        ? html`<p class="lead">Nothing waits. Agents do by themselves what the rules allow, and ask here for the rest.</p>`
        : html`<p class="lead">Each of these stands still until somebody answers. What nobody answers in time is not done.</p>
<ul class="queue">${waiting.map((each) => item(each, nowMs))}</ul>`,
  });

const item = ({ approval, shown, risk, standing, expiresAt }: Asked, nowMs: number): Markup => html`<li>
<h2><a href="/approvals/${approval}">${visible(shown.title)}</a></h2>
<p>${risk === "high" ? html`<span class="badge red"><span aria-hidden="true">!</span> High risk</span> ` : ""}<span class="badge amber"><span aria-hidden="true">◷</span> ${left(expiresAt, nowMs)}</span>
${standing.kind === "pending" && standing.of > 1 ? html`<span class="badge">${standing.yes} of ${standing.of} said yes</span>` : ""}</p>
<p class="quiet"><code>${shown.tool}</code>${shown.repository === null ? "" : html` in ${shown.repository}`} · asked by ${shown.agent} for ${shown.requester} · until ${time(expiresAt)}</p>
</li>`;
