// What makes an issue a ticket's: our label, our bot's name, and what ends a conversation there. Every other change of an issue says nothing.

import { z } from "zod";
import { accountOrNone, app, number, repository, time } from "./payloads.ts";
import { IGNORED, meaning, refTo, translation } from "./translate.ts";

const label = z.object({ name: z.string().max(200) });
const issueEvent = z.object({
  action: z.string(),
  repository,
  issue: z.object({
    id: z.int().positive(),
    number,
    title: z.string(),
    body: z.string().nullish(),
    user: accountOrNone,
    labels: z.array(label).nullish(),
    performed_via_github_app: app,
    created_at: time,
  }),
  label: label.nullish(),
  assignee: z.object({ login: z.string() }).nullish(),
});

export const onIssue = translation(issueEvent, ({ action, issue, ...event }, origin) => {
  const place = { repository: event.repository.id, number: issue.number };
  const news = (labels: readonly string[], assignee: string | null) =>
    meaning({
      // A ticket is answered where it was opened: the repository has to be known from then on.
      evidence: [{ kind: "written_in", repository: refTo(event.repository, origin) }],
      news: {
        ...place,
        kind: "issue",
        issue: issue.id,
        labels,
        assignee,
        author: issue.user,
        viaApp: issue.performed_via_github_app,
        title: issue.title,
        text: issue.body ?? "",
        at: issue.created_at,
      },
    });
  switch (action) {
    case "opened":
      return news(
        (issue.labels ?? []).map(({ name }) => name),
        null,
      );
    case "labeled":
      return event.label === null || event.label === undefined ? IGNORED : news([event.label.name], null);
    case "assigned":
      return event.assignee === null || event.assignee === undefined ? IGNORED : news([], event.assignee.login);
    case "transferred":
    case "deleted":
      return meaning({ news: { ...place, kind: "gone", how: action } });
    default:
      return IGNORED;
  }
});
