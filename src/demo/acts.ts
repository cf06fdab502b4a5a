// The buttons of a pull request's page: what the people involved could do on GitHub. Each is one act of the world; what
// follows from it (webhook, inbox, job, facts, decide, commit, publish) is the program's own doing.

import { acts, fullName, repository, type World } from "./world/index.ts";
import { isAdmin, mayWrite, type PullView, type Who } from "./view.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: "choice" | "flag" | "text";
  readonly choices: readonly Choice[];
  readonly value?: string;
}

export interface Act {
  readonly id: string;
  readonly group: "The author" | "A reviewer" | "Merging" | "Around the gate" | "Anybody";
  readonly label: string;
  readonly hint: string;
  readonly danger: boolean;
  readonly fields: readonly Field[];
  /** Returns what to tell the visitor. `given` holds one text for each field; choices were checked. */
  readonly perform: (given: Readonly<Record<string, string>>) => string | Promise<string>;
}

export interface Stage {
  readonly world: World;
  /** The way a pull request is merged by Countersign itself. */
  readonly askToMerge: (pull: {
    readonly repo: string;
    readonly number: number;
    readonly by: string;
  }) => Promise<string>;
}

const people = (whom: readonly Who[], first?: string): Field => ({
  name: "by",
  label: "as",
  kind: "choice",
  choices: whom
    .toSorted((a, b) => Number(b.login === first) - Number(a.login === first))
    .map(({ login, permission, bot }) => ({ value: login, label: `${login} (${bot ? "bot, " : ""}${permission})` })),
});
const oneOf = (name: string, label: string, choices: readonly Choice[]): Field => ({
  name,
  label,
  kind: "choice",
  choices,
});
const flag = (name: string, label: string): Field => ({ name, label, kind: "flag", choices: [] });

/** The repository that the head branch lies in: a fork's, or the same. */
function homeOf(w: World, pull: PullView): string {
  const repo = repository(w, pull.repo);
  const home = w.repositories.get(repo.pulls.get(pull.number)?.headRepoId ?? repo.id) ?? repo;
  return fullName(w, home);
}

function authorActs({ world: w }: Stage, pull: PullView): readonly Act[] {
  const writers = pull.people.filter(mayWrite);
  const by = people(writers, pull.author);
  const target = { repo: homeOf(w, pull), branch: pull.headRef };
  return [
    {
      id: "push",
      group: "The author",
      label: "Push a commit",
      hint: "Every approval so far was for another commit.",
      danger: false,
      fields: [by],
      perform: (given) => {
        acts.push(w, {
          ...target,
          by: given["by"] ?? "",
          files: { [`src/change-${w.ids.next("change")}.ts`]: "export const answer = 42;\n" },
          message: "One more change",
        });
        return `${given["by"]} pushed a commit.`;
      },
    },
    {
      id: "amend",
      group: "The author",
      label: "Amend and force-push",
      hint: "GitHub has been seen to re-point old approvals to the new head. Countersign remembers what they were given for.",
      danger: false,
      fields: [by, flag("rebind", "GitHub re-points the approvals")],
      perform: (given) => {
        w.knobs.rebind = given["rebind"] === "yes";
        acts.amend(w, {
          ...target,
          by: given["by"] ?? "",
          message: `Amended at ${new Date(w.now()).toISOString().slice(11, 19)}`,
        });
        w.knobs.rebind = false;
        return `${given["by"]} amended the last commit and force-pushed.`;
      },
    },
    {
      id: "retarget",
      group: "The author",
      label: "Change the base",
      hint: "Approvals were given for the old target.",
      danger: false,
      fields: [
        oneOf(
          "base",
          "to",
          pull.branches.filter((branch) => branch !== pull.baseRef).map((value) => ({ value, label: value })),
        ),
        by,
      ],
      perform: (given) => {
        acts.retarget(w, { repo: pull.repo, number: pull.number, by: given["by"] ?? "", base: given["base"] ?? "" });
        return `${given["by"]} changed the base to ${given["base"]}.`;
      },
    },
  ];
}

function reviewerActs({ world: w }: Stage, pull: PullView): readonly Act[] {
  const at = (given: Readonly<Record<string, string>>) => ({
    repo: pull.repo,
    number: pull.number,
    by: given["by"] ?? "",
  });
  const everybody = people(
    pull.people,
    pull.people.find((who) => mayWrite(who) && !who.bot && who.login !== pull.author)?.login,
  );
  const open = pull.reviews.filter(({ state }) => state === "APPROVED" || state === "CHANGES_REQUESTED");
  const list: Act[] = [
    {
      id: "approve",
      group: "A reviewer",
      label: "Approve",
      hint: "Counts if the reviewer may write here and had no hand in the change.",
      danger: false,
      fields: [everybody],
      perform: (given) => {
        acts.approve(w, at(given));
        return `${given["by"]} approved.`;
      },
    },
    {
      id: "request-changes",
      group: "A reviewer",
      label: "Request changes",
      hint: "Anybody with write access may stop a change.",
      danger: false,
      fields: [everybody],
      perform: (given) => {
        acts.requestChanges(w, at(given));
        return `${given["by"]} requested changes.`;
      },
    },
  ];
  if (open.length > 0) {
    list.push({
      id: "dismiss",
      group: "A reviewer",
      label: "Dismiss a review",
      hint: "A veto falls only if somebody uninvolved dismisses it.",
      danger: false,
      fields: [
        oneOf(
          "review",
          "",
          open.map((review) => ({
            value: String(review.id),
            label: `${review.by}: ${review.state.toLowerCase().replace("_", " ")}`,
          })),
        ),
        people(pull.people.filter(mayWrite)),
      ],
      perform: (given) => {
        acts.dismissReview(w, { ...at(given), review: Number(given["review"]) });
        return `${given["by"]} dismissed the review.`;
      },
    });
  }
  const button = pull.check?.actions[0];
  if (pull.check !== null && button !== undefined) {
    const checkRun = pull.check.id;
    list.push({
      id: "press",
      group: "A reviewer",
      label: `Press "${button.label}" on the check`,
      hint: button.description,
      danger: false,
      fields: [everybody],
      perform: (given) => {
        acts.pressCheckAction(w, { repo: pull.repo, checkRun, by: given["by"] ?? "", identifier: button.identifier });
        return `${given["by"]} pressed "${button.label}".`;
      },
    });
  }
  return list;
}

function mergeActs({ world: w, askToMerge }: Stage, pull: PullView): readonly Act[] {
  const at = (given: Readonly<Record<string, string>>) => ({
    repo: pull.repo,
    number: pull.number,
    by: given["by"] ?? "",
  });
  const admins = pull.people.filter(isAdmin);
  return [
    {
      id: "merge",
      group: "Merging",
      label: "Ask Countersign to merge",
      hint: "It decides again from fresh facts and merges exactly this commit, or says why not.",
      danger: false,
      fields: [people(pull.people.filter((who) => mayWrite(who) && !who.bot))],
      perform: (given) => askToMerge(at(given)),
    },
    {
      id: "merge-around",
      group: "Around the gate",
      label: "Merge as administrator",
      hint: "GitHub lets an administrator do it. The gate finds out and answers with a revert.",
      danger: true,
      fields: [people(admins)],
      perform: (given) => {
        acts.mergeAsAdmin(w, at(given));
        return `${given["by"]} merged around the gate. Watch the audit log below, and the list for the revert.`;
      },
    },
    {
      id: "direct-push",
      group: "Around the gate",
      label: `Push straight to ${pull.baseRef}`,
      hint: "A commit on a production branch without any pull request.",
      danger: true,
      fields: [people(admins)],
      perform: (given) => {
        acts.directPush(w, {
          repo: pull.repo,
          branch: pull.baseRef,
          by: given["by"] ?? "",
          files: { "hotfix.txt": `${w.now()}\n` },
          message: "Hotfix, straight to production",
        });
        return `${given["by"]} pushed straight to ${pull.baseRef}.`;
      },
    },
  ];
}

function commentAct({ world: w }: Stage, pull: PullView): Act {
  return {
    id: "comment",
    group: "Anybody",
    label: "Comment",
    hint: "/countersign explain says where things stand; commands can explain, narrow or stop, never grant.",
    danger: false,
    fields: [
      { name: "text", label: "text", kind: "text", choices: [], value: "/countersign explain" },
      people(pull.people),
    ],
    perform: (given) => {
      acts.comment(w, {
        repo: pull.repo,
        number: pull.number,
        by: given["by"] ?? "",
        body: (given["text"] ?? "").slice(0, 2000),
      });
      return `${given["by"]} commented.`;
    },
  };
}

/** What can be done with a pull request as it stands now. */
export function actsOn(stage: Stage, pull: PullView): readonly Act[] {
  const all = pull.open
    ? [...authorActs(stage, pull), ...reviewerActs(stage, pull), ...mergeActs(stage, pull), commentAct(stage, pull)]
    : [commentAct(stage, pull)];
  return all.filter(({ fields }) => fields.every(({ kind, choices }) => kind !== "choice" || choices.length > 0));
}
