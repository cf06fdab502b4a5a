import * as acts from "../acts/index.ts";
import type { World } from "../world.ts";
import { AGENT, type DemoTenant, PRODUCTION, type Story, tell } from "./story.ts";

const GLOBEX_POLICY = "version: 1\nmin_approvals: 2\n";
/** Misspelt on purpose: an unknown key is an error, never a setting that is silently ignored. */
const BROKEN_POLICY = "version: 1\nmin_aprovals: 0\n";

/** The second tenant, stricter than the first. */
export function settleGlobex(w: World): DemoTenant {
  acts.addOrganisation(w, "globex");
  acts.addMember(w, "globex", "kai", "admin");
  for (const login of ["ines", "raj"]) acts.addMember(w, "globex", login);
  acts.addRepository(w, {
    name: "globex/webshop",
    by: "kai",
    private: false,
    files: { ".github/merge-gate.yml": GLOBEX_POLICY },
    collaborators: { ines: "write", raj: "write", kai: "admin", [AGENT]: "write" },
  });
  acts.push(w, {
    repo: "globex/webshop",
    branch: "release/2.0",
    by: "kai",
    files: { ".github/merge-gate.yml": BROKEN_POLICY },
    message: "Settings for the release",
  });
  acts.addRuleset(w, { on: "globex/webshop", rules: acts.soundRules(w.app.id), include: PRODUCTION }, "kai");
  return {
    organisation: "globex",
    installation: acts.installApp(w, { account: "globex", by: "kai" }).id,
    repositories: ["globex/webshop"],
    people: [
      { login: "ines", role: "reviewer" },
      { login: "raj", role: "reviewer" },
      { login: "kai", role: "administrator" },
      { login: "zoe", role: "contributor with a fork" },
      { login: AGENT, role: "coding agent" },
    ],
  };
}

/** What happened in globex/webshop in the last hours. */
export function tellGlobex(story: Story): void {
  const { w, clock, repo } = story;
  tell(
    story,
    {
      branch: "new-basket",
      title: "Keep the basket for a day",
      minutesAgo: 230,
      files: { "shop/basket.ts": "export const hours = 24;\n" },
      expects: "approved",
    },
    (at) => {
      acts.approve(w, { ...at, by: "ines" });
      acts.approve(w, { ...at, by: "raj" });
    },
  );
  tell(
    story,
    {
      branch: "search-typos",
      title: "Forgive typos in search",
      minutesAgo: 190,
      files: { "shop/search.ts": "export const distance = 2;\n" },
      expects: "insufficient_approvals",
    },
    (at) => acts.approve(w, { ...at, by: "ines" }),
  );
  tell(
    story,
    {
      branch: "backport-search",
      title: "Backport: forgive typos in search",
      minutesAgo: 165,
      base: "release/2.0",
      files: { "shop/search.ts": "export const distance = 2;\n" },
      expects: "config_invalid",
    },
    (at) => acts.approve(w, { ...at, by: "ines" }),
  );
  tell(
    story,
    {
      branch: "wishlist",
      title: "Share wish lists",
      minutesAgo: 140,
      files: { "shop/wishlist.ts": "export {};\n" },
      expects: "native_automerge",
    },
    (at) => {
      acts.approve(w, { ...at, by: "ines" });
      acts.approve(w, { ...at, by: "raj" });
      acts.armAutoMerge(w, { ...at, by: "ines" });
    },
  );
  tell(
    story,
    {
      branch: "coupons",
      title: "Coupons that expire",
      minutesAgo: 110,
      files: { "shop/coupons.ts": "export {};\n" },
      expects: "dismissed",
    },
    (at) => {
      const review = acts.approve(w, { ...at, by: "ines" });
      clock.ago(95);
      acts.dismissReview(w, { ...at, by: "kai", review, message: "Approved the wrong one." });
    },
  );
  clock.ago(70);
  acts.fork(w, repo, "zoe");
  acts.push(w, {
    repo: "zoe/webshop",
    branch: "typo",
    by: "zoe",
    files: { "shop/faq.md": "Frequently asked.\n" },
    message: "Fix a typo",
  });
  const number = acts.openPullRequest(w, { repo, by: "zoe", head: "zoe:typo", title: "Fix a typo in the FAQ" });
  story.cases.push({ repo, number, expects: "no_approval" });
}
