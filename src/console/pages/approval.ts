import type { Asked, Decided } from "#approvals";
import type { Became } from "#gateway/io";
import type { Session } from "#identity";
import { csrfField, html, page, time, type Markup } from "./layout.ts";
import { seen, sizeOf, visible } from "./visible.ts";
import { left, standingSentence } from "./words.ts";

export interface ApprovalView {
  readonly session: Session;
  readonly asked: Asked;
  /** What came of a yes; null: nothing yet. */
  readonly became: Became | null;
  /** The link that it was opened with. */
  readonly link: string | null;
  /** Of a request that weighs more. */
  readonly passkey: "ready" | "none" | "no_place";
  readonly nowMs: number;
  /** What came of an answer just now. */
  readonly said: string | null;
}

/** How long a page looks by itself whether what was approved is done. */
const WATCHED_MS = 60_000;

export function approvalPage(view: ApprovalView): Markup {
  const { session, asked, became, said } = view;
  const { shown, hidden, turned } = seen(asked.shown);
  const open = asked.standing.kind === "pending";
  return page({
    title: shown.title,
    session,
    at: "approvals",
    again: asked.standing.kind === "approved" && became === null && view.nowMs - asked.standing.at < WATCHED_MS,
    script: open && asked.risk === "high" && !isOwn(view),
    body: html`${said === null ? "" : html`<p class="said" role="status">${said}</p>`}
<p class="state ${asked.standing.kind}">${standingSentence(asked.standing)}${open ? html` <span class="badge amber"><span aria-hidden="true">◷</span> ${left(asked.expiresAt, view.nowMs)}</span> <span class="quiet">until ${time(asked.expiresAt)}; after that the answer is no.</span>` : ""}</p>
${became === null ? "" : html`<p class="state ${became.done ? "approved" : "void"}" role="status"><strong>${became.done ? "Done." : "Not done."}</strong> ${visible(became.text)}</p>`}
<section aria-labelledby="what"><h2 id="what">What will happen</h2>
<p>${shown.consequences}</p>
<p class="quiet"><code>${shown.tool}</code>${shown.repository === null ? "" : html` in ${shown.repository}`} · asked by ${shown.agent} for ${shown.requester} · ${time(asked.requestedAt)}</p>
</section>
<section aria-labelledby="exactly"><h2 id="exactly">Exactly this</h2>
${hidden ? html`<p class="said"><strong>There are letters in it that nobody would see,</strong> or that turn the order of others. They stand here by their numbers, as ⟦U+…⟧. Ask why before you say yes.</p>` : ""}
${turned ? html`<p class="said">Letters that are read from right to left stand beside others in it. What stands on such a line may be executed in another order than you read it.</p>` : ""}
<div class="scroll" tabindex="0" role="region" aria-label="Arguments"><table><thead><tr><th scope="col">Argument</th><th scope="col">Value</th></tr></thead>
<tbody>${shown.arguments.map(({ name, value }) => html`<tr><th scope="row"><code>${name}</code></th><td><pre>${value}</pre></td></tr>`)}</tbody></table></div>
${shown.preview === null || shown.arguments.some(({ value }) => value === shown.preview) ? "" : html`<p class="quiet">The whole of it, to its end: ${sizeOf(asked.shown.preview ?? "")}.</p><pre class="preview" tabindex="0" role="region" aria-label="Preview">${shown.preview}</pre>`}
<p class="quiet">Your answer is for this and nothing else: <code class="digest">${asked.digest}</code></p>
</section>
<section aria-labelledby="why"><h2 id="why">Why you are asked</h2>
${list(shown.observed)}
<p><strong>Recommended:</strong> ${shown.recommended}</p>
<p>Confidence is ${shown.confidence.value} of 100${shown.confidence.why.length === 0 ? "." : ":"}</p>
${list(shown.confidence.why)}
${shown.rules.length === 0 ? "" : html`<h3>Rules</h3><ul class="rules">${shown.rules.map(({ id, version, text }) => html`<li><code>${id}@${version}</code> ${text}</li>`)}</ul>`}
</section>
${asked.answered.length === 0 ? "" : html`<section aria-labelledby="who"><h2 id="who">Who said yes</h2>${list(asked.answered.map(({ login, channel }) => `${login} (${channel})`))}</section>`}
${open ? answerForm(view) : ""}
<p><a href="/approvals">All that wait</a></p>`,
  });
}

const list = (items: readonly string[]): Markup | string =>
  items.length === 0 ? "" : html`<ul>${items.map((each) => html`<li>${each}</li>`)}</ul>`;

/** INVARIANT (15): nobody says yes to what was asked for them. */
const isOwn = ({ session, asked }: ApprovalView): boolean => session.person.person === asked.requester;

function answerForm(view: ApprovalView): Markup {
  const { session, asked, link, passkey } = view;
  if (!session.person.roles.includes("approver"))
    return html`<p class="said">You may look, and not answer: that takes the role approver.</p>`;
  const own = isOwn(view);
  const high = asked.risk === "high" && !own;
  return html`<section aria-labelledby="answer"><h2 id="answer">Your answer</h2>
${own ? html`<p class="said">The agent acts for you: a yes has to come from somebody else. You can say no.</p>` : ""}
${high ? passkeySentence(passkey) : ""}
<form method="post" action="/approvals/${asked.approval}" class="answer"${high ? html` data-step-up="/api/approvals/${asked.approval}/step-up" data-csrf="${session.csrf}"` : ""}>
${csrfField(session)}
<input type="hidden" name="digest" value="${asked.digest}">
${link === null ? "" : html`<input type="hidden" name="link" value="${link}">`}
${high ? html`<input type="hidden" name="proof" value="">` : ""}
<label for="reason">Why <span class="quiet">(needed for a no; the agent and the log get it)</span></label>
<textarea id="reason" name="reason" rows="3" maxlength="2000"></textarea>
<label class="check"><input type="checkbox" name="propose" value="yes"> Make this a rule: propose to the constitution that the like is answered so from now on</label>
<p class="buttons">${
    own
      ? ""
      : html`<button name="answer" value="approve" class="yes"${high && passkey !== "ready" ? html` disabled` : ""}>${high ? "Approve with passkey" : "Approve"}</button>
`
  }<button name="answer" value="reject" class="no">Reject</button></p>
<p class="said" role="alert" id="passkey-problem" hidden></p>
</form></section>`;
}

function passkeySentence(passkey: ApprovalView["passkey"]): Markup {
  switch (passkey) {
    case "ready":
      return html`<p>This weighs more than most: a yes takes your passkey, over exactly what stands above.</p>`;
    case "none":
      return html`<p class="said">This weighs more than most: a yes takes a passkey, and you have none. <a href="/passkeys">Add one</a>, which takes a minute, and come back. A no takes none.</p>`;
    case "no_place":
      return html`<p class="said">This weighs more than most: a yes takes a passkey, and browsers give none to a bare address. Whoever runs this server sets PUBLIC_URL to https:// and its name. A no takes none.</p>`;
  }
}

/** What an answer came to, for the next page. */
export function decidedSentence(decided: Decided): string {
  switch (decided.kind) {
    case "recorded":
      return `Your answer is recorded. ${decided.proposal === null ? "" : `The proposed rule is ${decided.proposal}.`}`;
    case "already":
      return "You had said so before. Nothing was changed.";
    case "ended":
      return "It had ended before your answer came. Nothing was changed.";
    case "refused":
      return `${decided.why} ${decided.next}`;
    case "unknown":
      return "There is no such request.";
  }
}
