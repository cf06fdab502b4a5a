import type { Act, Field } from "../acts.ts";
import type { Happened, PullView, ReviewView } from "../view.ts";
import { badge, html, raw, sha, time, type Markup } from "./layout.ts";
import { markdown } from "./markdown.ts";

export interface AuditLine {
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly outcome: string;
  readonly leafHash: string;
  readonly body: string;
}

export interface PullPage {
  readonly pull: PullView;
  readonly busy: boolean;
  readonly acts: readonly Act[];
  readonly audit: readonly AuditLine[];
  readonly csrf: string;
  /** What the last button did. */
  readonly said: string | null;
}

const CONCLUSIONS: Readonly<Record<string, { readonly icon: string; readonly word: string }>> = {
  success: { icon: "✓", word: "Successful" },
  failure: { icon: "✕", word: "Failing" },
  action_required: { icon: "!", word: "Action required" },
};

function checkCard({ pull, busy }: PullPage): Markup {
  const check = pull.check;
  if (check === null)
    return html`<section class="card check" aria-labelledby="check"><h2 id="check">Check</h2><p class="quiet">${busy ? "Deciding…" : "No check on this commit yet."}</p></section>`;
  const { icon, word } = CONCLUSIONS[check.conclusion ?? ""] ?? { icon: "○", word: check.status };
  return html`<section class="card check ${check.conclusion ?? "none"}" aria-labelledby="check">
<h2 id="check"><span class="mark" aria-hidden="true">${icon}</span> ${check.name}: ${word} ${busy ? html`<span class="badge deciding">Deciding again…</span>` : ""}</h2>
<p class="title">${check.output.title ?? ""}</p>
<p class="quiet">Check run on ${sha(check.headSha)}${check.completedAt === null ? "" : html`, completed ${time(check.completedAt)}`}</p>
<div class="markdown">${raw(markdown(check.output.summary ?? ""))}</div>
${check.output.annotations.length === 0 ? "" : html`<ul class="annotations">${check.output.annotations.map((a) => html`<li><code>${a.path}:${a.start_line}</code> ${a.message}</li>`)}</ul>`}
</section>`;
}

const review = (one: ReviewView): Markup => html`<tr>
<td>${one.by}</td><td>${one.state.toLowerCase().replace("_", " ")}</td>
<td>${one.sha === null ? "no commit" : sha(one.sha)} ${one.onHead ? "" : html`<span class="quiet">(not the head)</span>`}</td><td>${time(one.at)}</td>
</tr>`;

const reviews = (
  pull: PullView,
): Markup => html`<section class="card" aria-labelledby="reviews"><h2 id="reviews">Reviews, as GitHub lists them now</h2>
${
  pull.reviews.length === 0
    ? html`<p class="quiet">None yet.</p>`
    : html`<div class="scroll" tabindex="0" role="region" aria-label="Reviews"><table><thead><tr><th scope="col">Who</th><th scope="col">What</th><th scope="col">Commit</th><th scope="col">When (UTC)</th></tr></thead><tbody>${pull.reviews.map(review)}</tbody></table></div>`
}</section>`;

const timeline = (
  events: readonly Happened[],
): Markup => html`<section class="card" aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
<ol class="timeline">${events.map((event) => html`<li>${time(event.at)} <strong>${event.by}</strong> ${event.what} ${event.what === "commented" ? html`<div class="detail markdown">${raw(markdown(event.detail))}</div>` : html`<span class="detail">${event.detail}</span>`}</li>`)}</ol></section>`;

const audit = (
  lines: readonly AuditLine[],
): Markup => html`<section class="card" aria-labelledby="audit"><h2 id="audit">Audit log of this pull request</h2>
${
  lines.length === 0
    ? html`<p class="quiet">Nothing yet.</p>`
    : html`<ol class="audit">${lines.map(
        (line) =>
          html`<li><details><summary>${time(line.at)} <code>${line.kind}</code> <span class="outcome ${line.outcome}">${line.outcome}</span> <span class="quiet">leaf ${line.leafHash.slice(0, 12)}</span></summary>${line.kind === "gate.verdict" ? html`<p class="quiet">Decide it again: <code>npx countersign gate replay --entry ${line.id}</code></p>` : ""}<pre tabindex="0">${line.body}</pre></details></li>`,
      )}</ol>`
}</section>`;

function field(act: Act, one: Field): Markup {
  const id = `${act.id}-${one.name}`;
  switch (one.kind) {
    case "flag":
      return html`<label class="flag"><input type="checkbox" name="${one.name}" value="yes"> ${one.label}</label>`;
    case "text":
      return html`<label for="${id}" class="hidden">${one.label}</label><input id="${id}" name="${one.name}" value="${one.value ?? ""}" maxlength="2000">`;
    case "choice":
      return html`<label for="${id}"${one.label === "" ? raw(' class="hidden"') : ""}>${one.label === "" ? one.name : one.label}</label><select id="${id}" name="${one.name}">${one.choices.map(
        (choice) => html`<option value="${choice.value}">${choice.label}</option>`,
      )}</select>`;
  }
}

const form =
  (pull: PullView, csrf: string) =>
  (act: Act): Markup =>
    html`<form method="post" action="/pull/${pull.repo}/${pull.number}/act/${act.id}">
<input type="hidden" name="csrf" value="${csrf}">
<div class="fields">${act.fields.map((one) => field(act, one))}<button${act.danger ? raw(' class="danger"') : ""}>${act.label}</button></div>
<p class="quiet">${act.hint}</p>
</form>`;

function actions({ pull, acts, csrf }: PullPage): Markup {
  const groups = Map.groupBy(acts, ({ group }) => group);
  return html`<aside aria-label="Act as the people involved">${[...groups].map(
    ([group, members]) => html`<section class="card"><h2>${group}</h2>${members.map(form(pull, csrf))}</section>`,
  )}</aside>`;
}

export function pullPage(given: PullPage): Markup {
  const { pull, said, busy } = given;
  return html`<p><a href="/">← All pull requests</a></p>
<h1>${pull.title} <span class="quiet">#${pull.number}</span></h1>
<p class="lead">${badge(busy && pull.open ? "deciding" : pull.verdict)} ${pull.draft ? html`<span class="badge free">Draft</span>` : ""}
<strong>${pull.author}</strong> wants <code>${pull.headRef}</code>${pull.fork ? " (of a fork)" : ""} in <code>${pull.baseRef}</code> of ${pull.repo}, head ${sha(pull.headSha)}${pull.mergedBy === null ? "" : html`, merged by <strong>${pull.mergedBy}</strong>`}.</p>
<p class="quiet">Changes ${pull.files.slice(0, 8).map((path) => html`<code>${path}</code> `)}${pull.files.length > 8 ? `and ${pull.files.length - 8} more` : ""}</p>
<div role="status">${said === null ? "" : html`<p class="said">${said}</p>`}</div>
<div class="columns">
<div>${checkCard(given)}${reviews(pull)}${audit(given.audit)}${timeline(pull.events)}</div>
${actions(given)}
</div>`;
}
