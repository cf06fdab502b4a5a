import type { Account } from "./accounts.ts";

/** Stands in for deleted accounts wherever GitHub's REST answers may not say null. */
export const ghost: Account = {
  id: 10_137,
  login: "ghost",
  type: "User",
  name: "Deleted user",
  emails: [],
  removed: false,
};

/** The committer of everything done in the browser. GraphQL maps its address to no user; REST maps it to this one. */
export const WEB_FLOW_ID = 19_864_447;
export const webFlow = (): Account => ({
  id: WEB_FLOW_ID,
  login: "web-flow",
  type: "User",
  name: "GitHub",
  emails: ["noreply@github.com"],
  removed: false,
});

export const githubActions = (): Account => ({
  id: 41_898_282,
  login: "github-actions[bot]",
  type: "Bot",
  name: null,
  emails: [],
  removed: false,
});
