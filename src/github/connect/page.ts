import { html } from "hono/html";
import { PERMISSIONS, SUBSCRIPTIONS } from "./app-manifest.ts";

type Html = ReturnType<typeof html>;

export const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1f2328;background:#fff}
table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d1d9e0;vertical-align:top}
code{font-family:ui-monospace,monospace;font-size:.9em}label{display:block;margin:1rem 0 .25rem}input{font:inherit;padding:.4rem;width:20rem;max-width:100%}
button{font:inherit;font-weight:600;margin-top:1rem;padding:.5rem 1rem;border:0;border-radius:6px;background:#1f6f3f;color:#fff;cursor:pointer}
@media(prefers-color-scheme:dark){body{color:#f0f6fc;background:#0d1117}td,th{border-color:#3d444d}}`;

const layout = (title: string, body: Html): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <link rel="stylesheet" href="/connect/style.css" />
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`;

const rows = (table: readonly (readonly [string, string, string])[]): Html[] =>
  table.map(
    ([name, access, why]) =>
      html`<tr>
        <td><code>${name}</code></td>
        <td>${access}</td>
        <td>${why}</td>
      </tr>`,
  );

/** `action` with the state in it; `manifestJson` is posted by the browser itself, with the administrator's own session. */
export function askPage(parts: {
  readonly targets: readonly { readonly label: string; readonly action: string }[];
  readonly manifestJson: string;
  readonly webhookUrl: string;
}): Html {
  return layout(
    "Connect GitHub",
    html` <p>
        This creates a GitHub App of your own with exactly the rights below. GitHub shows them again before you agree;
        the key it makes goes straight to this server.
      </p>
      <p>
        Deliveries will be sent to <code>${parts.webhookUrl}</code>. If GitHub cannot reach that address, set PUBLIC_URL
        and start again.
      </p>
      ${parts.targets.map(({ label, action }) => html`<form method="post" action="${action}"><input type="hidden" name="manifest" value="${parts.manifestJson}" /><button type="submit">${label}</button></form>`)}
      <form method="get" action="/connect">
        <label for="organization">For an organisation, its name:</label
        ><input
          id="organization"
          name="organization"
          pattern="[A-Za-z0-9](?:[A-Za-z0-9]|-)*"
          maxlength="39"
          required
        /><button type="submit">Choose</button>
      </form>
      <h2>Rights, and what each is for</h2>
      <table>
        <thead>
          <tr>
            <th>right</th>
            <th>access</th>
            <th>why</th>
          </tr>
        </thead>
        <tbody>
          ${rows(Object.entries(PERMISSIONS).map(([name, { access, why }]) => [name, access, why] as const))}
        </tbody>
      </table>
      <h2>Events, and what each tells</h2>
      <table>
        <thead>
          <tr>
            <th>event</th>
            <th></th>
            <th>why</th>
          </tr>
        </thead>
        <tbody>
          ${rows(Object.entries(SUBSCRIPTIONS).map(([name, why]) => [name, "", why] as const))}
        </tbody>
      </table>`,
  );
}

export function donePage(parts: { readonly slug: string; readonly installUrl: string; readonly where: string }): Html {
  return layout(
    "GitHub is connected",
    html` <p>
        The App <code>${parts.slug}</code> exists. Its key and webhook secret were written to
        <code>${parts.where}</code>, readable by this user only; they are shown nowhere.
      </p>
      <ol>
        <li>Restart the server: it finds them there.</li>
        <li><a href="${parts.installUrl}">Install the App</a> on the repositories it is to guard.</li>
        <li>Run <code>countersign doctor</code>: it says what is still missing.</li>
      </ol>
      <p>On another machine, set APP_ID, PRIVATE_KEY_PATH and WEBHOOK_SECRET from that file.</p>`,
  );
}

export const plainPage = (title: string, text: string): Html => layout(title, html`<p>${text}</p>`);
