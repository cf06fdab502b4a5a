// What the App asks of GitHub, and why: one table for `app.yml`, for the manifest that "Connect GitHub" posts, and for the
// page on which an administrator reads the reasons before agreeing.

import { stringify } from "yaml";
import { EVENTS, type EventName } from "../events/index.ts";

interface Asked {
  readonly access: "read" | "write";
  readonly why: string;
}

export const PERMISSIONS = {
  metadata: { access: "read", why: "GitHub gives it with every App: names and ids of repositories." },
  pull_requests: { access: "write", why: "Read reviews, commits and files; open revert pull requests." },
  contents: {
    access: "write",
    why: "Merge what passed, and make revert branches. Only the executor's token ever holds it.",
  },
  checks: { access: "write", why: "Write the check run countersign, which says whose move it is." },
  statuses: { access: "read", why: "See a status that carries our name and is not ours." },
  members: { access: "read", why: "Know who is in a team that a rule names." },
  issues: { access: "write", why: "Read and answer tickets and slash commands." },
  actions: { access: "read", why: "See workflow runs: which job wrote a check with our name, and what an agent ran." },
  deployments: { access: "read", why: "Know what is in production, for tickets and incident reports." },
  workflows: {
    access: "write",
    why: "Merge pull requests that change workflow files, which GitHub refuses to Apps without it. Executor only.",
  },
  merge_queues: { access: "read", why: "Judge merge groups before GitHub's queue merges them." },
  administration: {
    access: "read",
    why: "Read rulesets and who bypassed them: without it nobody can say that the branch is protected.",
  },
} as const satisfies Readonly<Record<string, Asked>>;

/** GitHub sends `installation` and `installation_repositories` to every App, unasked; they are not subscribed to. */
type Subscribed = Exclude<EventName, "installation" | "installation_repositories">;

export const SUBSCRIPTIONS = {
  pull_request: "New heads, retargets, drafts, merges.",
  pull_request_review: "Approvals and vetoes, and on which commit each was given.",
  pull_request_review_comment: "What clients say on a ticket's pull request.",
  issues: "Tickets: our label, our bot's name.",
  issue_comment: "Slash commands, and what is said on a ticket.",
  push: "Who pushed, and what arrived on a production branch.",
  merge_group: "A merge queue asks for a verdict.",
  check_run: "The Approve and Re-run buttons; other apps' checks with our name.",
  check_suite: "Re-run all checks.",
  status: "Statuses with our name.",
  repository_ruleset: "Protection was changed.",
  branch_protection_rule: "Protection was changed.",
  member: "Somebody's access was changed.",
  membership: "A team's members were changed.",
  team: "A team was changed.",
  organization: "Somebody joined or left.",
  repository: "A repository was renamed or transferred.",
} as const satisfies Readonly<Record<Subscribed, string>>;

/** Events that are acted on but that GitHub sends unasked. */
export const UNASKED = Object.keys(EVENTS).filter((event) => !Object.hasOwn(SUBSCRIPTIONS, event));

const DESCRIPTION =
  "Supervises coding agents: nothing reaches production without a verified human approval of exactly that commit.";

const defaultPermissions = (): Record<string, string> =>
  Object.fromEntries(Object.entries(PERMISSIONS).map(([name, { access }]) => [name, access]));

/** https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
export function manifest(publicUrl: string, name: string) {
  return {
    name,
    url: publicUrl,
    description: DESCRIPTION,
    public: false,
    hook_attributes: { url: `${publicUrl}/api/github/webhooks`, active: true },
    redirect_url: `${publicUrl}/connect/callback`,
    // Where GitHub sends people back who sign in. Nobody is asked to at the installation.
    callback_urls: [`${publicUrl}/login/callback`],
    request_oauth_on_install: false,
    default_permissions: defaultPermissions(),
    default_events: Object.keys(SUBSCRIPTIONS),
  };
}

/** The text of `app.yml` in the root. */
export function appYaml(): string {
  const head =
    "# The GitHub App, generated from src/github/connect/app-manifest.ts, where each reason stands; a test compares the two.\n# To create it with one click: run the server and open the Connect GitHub link that it prints.\n";
  return (
    head +
    stringify({
      name: "Countersign",
      description: DESCRIPTION,
      public: false,
      default_permissions: defaultPermissions(),
      default_events: Object.keys(SUBSCRIPTIONS),
    })
  );
}
