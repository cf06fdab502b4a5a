import type { PullSummary } from "../view.ts";
import { badge, html, sha, time, type Markup } from "./layout.ts";

export interface Incident {
  readonly at: number;
  readonly tenant: string;
  readonly what: string;
}

export interface TenantView {
  readonly prefix: string;
  readonly pulls: readonly PullSummary[];
}

const row = (pull: PullSummary): Markup => html`<tr>
<td>${badge(pull.verdict)}</td>
<td><a href="/pull/${pull.repo}/${pull.number}">${pull.title}</a>
<div class="quiet">${pull.repo} #${pull.number} · ${pull.author} wants <code>${pull.headRef}</code> in <code>${pull.baseRef}</code> · head ${sha(pull.headSha)}</div></td>
<td class="why">${pull.verdict === "merged" || pull.verdict === "closed" ? "" : (pull.checkTitle ?? "")}</td>
</tr>`;

const tenant = ({ prefix, pulls }: TenantView): Markup => html`<section>
<h2>Tenant <code>${prefix}</code></h2>
<div class="scroll" tabindex="0" role="region" aria-label="Pull requests of ${prefix}">
<table>
<thead><tr><th scope="col">Verdict</th><th scope="col">Pull request</th><th scope="col">What the check says</th></tr></thead>
<tbody>${pulls.map(row)}</tbody>
</table>
</div>
</section>`;

export function listPage(tenants: readonly TenantView[], incidents: readonly Incident[]): Markup {
  return html`<h1>Pull requests under supervision</h1>
<p class="lead">Agents opened most of these. Open one, act as the people involved, and watch whose move it becomes.</p>
${
  incidents.length === 0
    ? ""
    : html`<section class="alarm" aria-labelledby="incidents"><h2 id="incidents">Incidents</h2><ul>${incidents.map(
        (incident) => html`<li>${time(incident.at)} <code>${incident.tenant}</code> ${incident.what}</li>`,
      )}</ul></section>`
}
${tenants.map(tenant)}`;
}
