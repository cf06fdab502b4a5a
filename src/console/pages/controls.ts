import type { Opened, Scope } from "#controls";
import type { Stop } from "#controls/io";
import type { Session } from "#identity";
import type { AgentId } from "#kernel";
import { csrfField, html, page, time, type Markup } from "./layout.ts";

export interface ControlsView {
  readonly session: Session;
  readonly stops: readonly Stop[];
  readonly open: readonly Opened[];
  readonly agents: readonly { readonly agent: AgentId; readonly name: string }[];
  readonly said: string | null;
}

export function controlsPage(view: ControlsView): Markup {
  const { session, stops, open, said } = view;
  const may = session.person.roles.some((role) => role === "operator" || role === "admin");
  return page({
    title: "Controls",
    session,
    at: "controls",
    body: html`${said === null ? "" : html`<p class="said" role="status">${said}</p>`}
<section aria-labelledby="stopped"><h2 id="stopped">What is stopped</h2>
${stops.length === 0 ? html`<p>Nothing: agents work, within the rules.</p>` : html`<ul class="queue">${stops.map((stop) => stopItem(view, stop))}</ul><p class="quiet">Starting again takes two operators of Countersign: <code>countersign control rearm</code>.</p>`}
</section>
${may ? stopForm(view) : html`<p class="said">Stopping takes the role operator or admin.</p>`}
<section aria-labelledby="breakers"><h2 id="breakers">Agents that are held back</h2>
<p>An agent that changes more than 50 things, or more than 10,000 USD, in one go is held back until a person has looked.</p>
${open.length === 0 ? html`<p>None is.</p>` : html`<ul class="queue">${open.map((each) => breakerItem(view, each, may))}</ul>`}
</section>`,
  });
}

function nameOf({ agents }: ControlsView, agent: AgentId): string {
  return agents.find((each) => each.agent === agent)?.name ?? agent;
}

function scopeName(view: ControlsView, scope: Scope): string {
  switch (scope.kind) {
    case "platform":
      return "Everything";
    case "tenant":
      return "All agents of this client";
    case "agent":
      return `Agent ${nameOf(view, scope.agent)}`;
    case "repository":
      return `Repository ${scope.repository}`;
  }
}

const stopItem = (view: ControlsView, { scope, reason, since }: Stop): Markup => html`<li>
<p><span class="badge red"><span aria-hidden="true">■</span> Stopped</span> <strong>${scopeName(view, scope)}</strong> since ${time(since)}</p>
<p>${reason}</p></li>`;

const stopForm = (view: ControlsView): Markup => html`<section aria-labelledby="stop"><h2 id="stop">Stop</h2>
<p>In force within a second: what runs is ended, its credentials are taken away, and nothing new begins.</p>
<form method="post" action="/controls/stop" class="answer">${csrfField(view.session)}
<label for="scope">What</label>
<select id="scope" name="scope"><option value="tenant">All agents of this client</option>${view.agents.map(({ agent, name }) => html`<option value="agent:${agent}">Agent ${name}</option>`)}</select>
<label for="repository">Or one repository, by its number at GitHub</label>
<input id="repository" name="repository" inputmode="numeric" pattern="[0-9]*" maxlength="15">
<label for="why">Why <span class="quiet">(the log keeps it)</span></label>
<input id="why" name="reason" required maxlength="500">
<p class="buttons"><button class="no">Stop now</button></p>
</form></section>`;

const breakerItem = (view: ControlsView, { agent, since, window }: Opened, may: boolean): Markup => html`<li>
<p><strong>${nameOf(view, agent)}</strong> since ${time(since)}: ${window.updates} changes, ${(window.cents / 100).toFixed(2)} USD</p>
${
  may
    ? html`<form method="post" action="/controls/reset" class="answer">${csrfField(view.session)}<input type="hidden" name="agent" value="${agent}">
<label for="r-${agent}">Why it may go on</label><input id="r-${agent}" name="reason" required maxlength="500">
<p class="buttons"><button>Let it go on</button></p></form>`
    : ""
}</li>`;
