import type { Verdict } from "#verifier";
import { TAMPERINGS } from "../tamper.ts";
import { html, time, type Markup } from "./layout.ts";

export interface LoggedEntry {
  readonly at: number;
  readonly kind: string;
  readonly outcome: string;
  /** How many before it, one after the other, were of the same kind and outcome. */
  readonly alike: number;
  /** null: its place comes in a moment. */
  readonly index: number | null;
  readonly receipt: string | null;
}

export interface LoggedTenant {
  readonly prefix: string;
  /** Newest first. */
  readonly entries: readonly LoggedEntry[];
}

export interface LogView {
  readonly tenants: readonly LoggedTenant[];
  /** The newest signed note of the public log of epochs; null: the first comes in a moment. */
  readonly checkpoint: { readonly epoch: number; readonly note: string; readonly witnessed: boolean } | null;
  readonly witness: string;
  /** The key that an auditor pins. */
  readonly vkey: string;
  /** The file of an auditor who also trusts the demo's witness. */
  readonly policy: string;
}

export interface Answer {
  readonly question: string;
  readonly state: Verdict["state"];
  readonly says: string;
  /** Where, and what. */
  readonly findings: readonly string[];
}

export interface Verification {
  /** What was verified. */
  readonly of: string;
  readonly state: Verdict["state"];
  readonly answers: readonly Answer[];
  readonly notProven: readonly string[];
  readonly ms: number;
}

const STATES = {
  verified: { badge: "passing", icon: "✓", word: "Verified" },
  tampered: { badge: "blocked", icon: "✕", word: "Tampered" },
  not_checked: { badge: "undecided", icon: "?", word: "Not checked" },
} as const;

const state = (which: Answer["state"]): Markup =>
  html`<span class="badge ${STATES[which].badge}"><span aria-hidden="true">${STATES[which].icon}</span> ${STATES[which].word}</span>`;

const answer = (one: Answer): Markup => html`<tr>
<td>${state(one.state)}</td>
<th scope="row">${one.question}</th>
<td>${one.says}${one.findings.length === 0 ? "" : html`<ul>${one.findings.map((finding) => html`<li><code>${finding}</code></li>`)}</ul>`}</td>
</tr>`;

const verification = (
  done: Verification,
  vkey: string,
): Markup => html`<section class="${done.state === "tampered" ? "alarm" : "card"}" aria-labelledby="result" id="verification">
<h2 id="result">${state(done.state)} ${done.of}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Five verdicts">
<table class="verdicts">
<thead><tr><th scope="col">Verdict</th><th scope="col">Question</th><th scope="col">What was found</th></tr></thead>
<tbody>${done.answers.map(answer)}</tbody>
</table>
</div>
<details><summary>What this does not prove</summary><ul>${done.notProven.map((what) => html`<li>${what}</li>`)}</ul></details>
<p class="quiet">It took ${done.ms} ms. ${done.state === "tampered" ? "The log itself is untouched: verify it" : "The same"} on a terminal, in the folder of the demo, with the log's key pinned:</p>
<pre tabindex="0" role="region" aria-label="Command to verify">npx countersign audit verify --key ${vkey}</pre>
</section>`;

const entry = (one: LoggedEntry): Markup => html`<tr>
<td>${one.index === null ? "…" : one.index}</td>
<td>${time(one.at)}</td>
<td><code>${one.kind}</code>${one.alike === 0 ? "" : html` <span class="quiet">and ${one.alike} alike before it</span>`}</td>
<td class="outcome ${one.outcome}">${one.outcome}</td>
<td>${one.receipt === null ? "" : html`<details><summary>Receipt</summary><code class="receipt">${one.receipt}</code></details>`}</td>
</tr>`;

const tenant = ({ prefix, entries }: LoggedTenant): Markup => html`<section>
<h2>The log of tenant <code>${prefix}</code></h2>
<p class="quiet">The newest entries. All of them, with what they say: <code>npx countersign audit log --tenant ${prefix}</code></p>
<div class="scroll" tabindex="0" role="region" aria-label="Newest entries of ${prefix}">
<table class="entries">
<thead><tr><th scope="col">Index</th><th scope="col">Time</th><th scope="col">Kind</th><th scope="col">Outcome</th><th scope="col">Receipt</th></tr></thead>
<tbody>${entries.map(entry)}</tbody>
</table>
</div>
</section>`;

/** `done`: what was asked for, if anything; null: there is nothing to verify yet. */
export function logPage(view: LogView, done: Verification | null | undefined): Markup {
  return html`<h1>Audit log</h1>
<p class="lead">Every delivery, verdict and act is an entry, before GitHub is asked for anything. Nobody here can change one without it showing, the operator included: try it on a copy.</p>
${done === undefined ? "" : done === null ? html`<p class="said" role="status">There is nothing to verify yet. The first checkpoints are signed within seconds: press the button again.</p>` : verification(done, view.vkey)}
<section class="card" aria-labelledby="try">
<h2 id="try">Verify it, or tamper with a copy</h2>
<ul class="tamperings">
<li><form method="get" action="/audit">
<button name="verify" value="log">Verify this log</button>
<span class="quiet">As an auditor would who kept the newest checkpoint and the receipts of the last check runs.</span>
</form></li>
${TAMPERINGS.map(
  (how) => html`<li><form method="get" action="/audit">
<button class="danger" name="verify" value="${how.id}">${how.label}</button>
<span class="quiet">${how.hint}</span>
</form></li>`,
)}</ul>
</section>
<section class="card" aria-labelledby="head">
<h2 id="head">The newest checkpoint</h2>
${
  view.checkpoint === null
    ? html`<p>The first is signed in a moment.</p>`
    : html`<p>Epoch ${view.checkpoint.epoch}, signed by the broker, ${view.checkpoint.witnessed ? "cosigned by" : "not yet seen by"} the demo's witness <code>${view.witness}</code>.</p>
<pre tabindex="0" role="region" aria-label="Signed note">${view.checkpoint.note}</pre>`
}
<details><summary>An auditor's policy file, for <code>audit verify --policy</code></summary>
<pre tabindex="0" role="region" aria-label="Policy file">${view.policy}</pre></details>
</section>
${view.tenants.map(tenant)}`;
}
