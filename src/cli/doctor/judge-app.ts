// The App as GitHub knows it: permissions, events, webhook, deliveries, clock.

import type { Findings, Grants } from "./findings.ts";
import { fail, ifKnown, ok, warn, type Line } from "./line.ts";

/** GitHub refuses an App's token that is a minute off; ours are dated a minute back, so this much is harmless. */
const SKEW_WARN_MS = 10_000;
const SKEW_FAIL_MS = 60_000;

const LEVELS = ["none", "read", "write", "admin"];
/** Empty when `has` covers `wanted`. */
export function shortOf(has: Grants, wanted: Grants): readonly string[] {
  return Object.entries(wanted)
    .filter(([name, level]) => LEVELS.indexOf(has[name] ?? "none") < LEVELS.indexOf(level))
    .map(([name, level]) => `${name}: ${level}`);
}

export function judgeApp({ app, settings, wanted }: Findings): readonly Line[] {
  return ifKnown(
    app,
    "The App",
    "Check APP_ID, PRIVATE_KEY and GITHUB_API_URL; the three must belong to the same App.",
    (found) => {
      const missing = shortOf(found.permissions, wanted.permissions);
      const excess = Object.keys(found.permissions).filter((name) => !(name in wanted.permissions));
      const deaf = wanted.events.filter((event) => !found.events.includes(event));
      return [
        found.id === settings.appId
          ? ok(`The App is ${found.slug} (${found.id}), and GitHub accepts its key.`)
          : fail(
              `The key belongs to App ${found.id}, not to ${settings.appId}.`,
              "Set APP_ID and the key of the same App.",
            ),
        missing.length === 0
          ? ok("The App has the permissions it needs.")
          : fail(
              `The App lacks permissions: ${missing.join(", ")}.`,
              "Grant them on the App's settings page (Permissions & events), then accept the change in each installation.",
            ),
        ...(excess.length === 0
          ? []
          : [
              warn(
                `The App has permissions that Countersign never uses: ${excess.join(", ")}.`,
                "Take them away on the App's settings page.",
              ),
            ]),
        deaf.length === 0
          ? ok("The App hears of every event it needs.")
          : fail(
              `The App is not subscribed to: ${deaf.join(", ")}.`,
              "Subscribe on the App's settings page (Permissions & events). Until then verdicts come only by the sweep every two minutes.",
            ),
      ];
    },
  );
}

export function judgeHook({ hook, settings }: Findings): readonly Line[] {
  return ifKnown(hook, "The webhook's settings", "Look at the App's settings page, section Webhook.", (found) => [
    found.url === settings.webhookUrl
      ? ok(`GitHub delivers to ${found.url}.`)
      : warn(
          `GitHub delivers to ${found.url ?? "no address at all"}, but this server expects ${settings.webhookUrl}.`,
          "If a proxy stands between them this is right. Otherwise correct the webhook URL on the App's settings page, or PUBLIC_URL here.",
        ),
    found.secretSet
      ? ok("The webhook has a secret.")
      : fail(
          "The webhook has no secret: every delivery is refused.",
          "Set the value of WEBHOOK_SECRET as the webhook's secret on the App's settings page.",
        ),
    ...(found.json
      ? []
      : [fail("The webhook does not send JSON.", "Choose application/json on the App's settings page.")]),
    ...(found.insecureSsl
      ? [
          fail(
            "GitHub does not verify this server's certificate.",
            "Switch SSL verification on, on the App's settings page.",
          ),
        ]
      : []),
  ]);
}

/** The secret itself cannot be read back; whether it matches shows in how deliveries were answered. */
export function judgeDeliveries({ deliveries }: Findings): readonly Line[] {
  return ifKnown(deliveries, "The delivery log", "Look at the App's settings page, section Advanced.", (found) => {
    const [newest] = found;
    if (newest === undefined)
      return [
        warn(
          "GitHub has delivered nothing yet, so the webhook secret is not proven.",
          "Press Redeliver on the App's settings page (Advanced), or push a commit, and run doctor again.",
        ),
      ];
    const failed = found.filter(({ statusCode }) => statusCode < 200 || statusCode > 299);
    if (newest.statusCode === 401)
      return [
        fail(
          "The newest delivery was refused: the webhook secret does not match.",
          "Set the same secret as WEBHOOK_SECRET and on the App's settings page.",
        ),
      ];
    if (newest.statusCode < 200 || newest.statusCode > 299)
      return [
        fail(
          `The newest delivery did not arrive (status ${newest.statusCode}).`,
          "Check that GitHub can reach the webhook URL through firewall and proxy.",
        ),
      ];
    return failed.length === 0
      ? [ok(`The last ${found.length} deliveries arrived, so the secret matches.`)]
      : [
          warn(
            `${failed.length} of the last ${found.length} deliveries did not arrive; the newest did, so the secret matches.`,
            "Nothing: the sweep asks GitHub for them again within minutes.",
          ),
        ];
  });
}

export function judgeClock({ skewMs }: Findings): readonly Line[] {
  return ifKnown(skewMs, "GitHub's clock", "Check that GitHub can be reached.", (skew) => {
    const seconds = `${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? "behind" : "ahead of"} GitHub's`;
    if (Math.abs(skew) >= SKEW_FAIL_MS)
      return [
        fail(
          `This machine's clock is ${seconds}: GitHub refuses tokens that are dated so.`,
          "Synchronise the clock (timedatectl set-ntp true).",
        ),
      ];
    return [
      Math.abs(skew) >= SKEW_WARN_MS
        ? warn(
            `This machine's clock is ${seconds}. Verdicts do not depend on it.`,
            "Synchronise the clock (timedatectl set-ntp true).",
          )
        : ok("The clock agrees with GitHub's."),
    ];
  });
}
