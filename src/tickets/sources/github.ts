// What GitHub says about an issue or a pull request, as a message on a ticket. Pure: who is a person of ours is looked up before.

import type { AppId, Instant, RepositoryId, UserId } from "#kernel";
import type { Heard, Signal } from "../heard.ts";
import type { Sender } from "../decide.ts";
import { nameOf, textOf, titleOf } from "./words.ts";

export interface GithubAuthor {
  readonly id: UserId;
  readonly login: string;
  /** As GitHub says; a kind that we do not know is no person. */
  readonly type: "User" | "Bot" | "Organization" | "Mannequin";
}

interface Place {
  readonly repository: RepositoryId;
  readonly number: number;
}

interface Written extends Place {
  readonly author: GithubAuthor | null;
  /** The App through which it was written; null: the author's own hand. */
  readonly viaApp: AppId | null;
  readonly title: string;
  readonly text: string;
  readonly at: Instant;
}

/** An issue was made ours: by our label, by assigning it to our bot, or with the label from its first moment. */
export interface IssueNews extends Written {
  readonly kind: "issue";
  readonly issue: number;
  /** Of a label: that one; of a new issue: all that it has. */
  readonly labels: readonly string[];
  /** The login of whom it was assigned to just now. */
  readonly assignee: string | null;
}

export interface CommentNews extends Written {
  readonly kind: "comment";
  /** With the kind of comment before it: GitHub counts comments on a diff apart from the others. */
  readonly comment: `issue_comment:${number}` | `review_comment:${number}`;
  /** GitHub's own word for what the author is to the repository. */
  readonly association: string;
  /** `/countersign ticket`. */
  readonly asks: boolean;
}

/** A pull request, whatever became of it: its texts may name tickets. */
export interface PullNews extends Place {
  readonly kind: "pull";
  readonly texts: readonly string[];
  /** Its head is a branch of this very repository: whoever made it may write there. */
  readonly inside: boolean;
  readonly association: string;
}

/** It is not where it was: nobody can answer there any more (T24). */
export interface GoneNews extends Place {
  readonly kind: "gone";
  readonly how: "transferred" | "deleted";
}

export type GithubNews = IssueNews | CommentNews | PullNews | GoneNews;

export interface GithubFacts {
  /** The client's. GitHub's labels are compared without case. */
  readonly label: string;
  readonly app: AppId;
  /** Our bot's login, in lower case; null: not known now, and then an assignment opens nothing. */
  readonly bot: string | null;
  /** The author is a person of ours. */
  readonly staff: boolean;
}

export const githubConversation = ({ repository, number }: Place): string => `github:${repository}#${number}`;

const CONVERSATION = /^github:(\d{1,15})#(\d{1,10})$/;
/** null: not one of GitHub's. */
export function githubPlace(conversation: string): { readonly repository: number; readonly number: number } | null {
  const found = CONVERSATION.exec(conversation);
  return found === null ? null : { repository: Number(found[1]), number: Number(found[2]) };
}

/** Which label opens a ticket, where a client has said no other. */
export const DEFAULT_LABEL = "countersign";

/** GitHub takes no longer one; null: none that an issue could have. */
export function labelNamed(text: string): string | null {
  const label = text.trim();
  return label.length >= 1 && label.length <= 50 && !/\p{Cc}/u.test(label) ? label : null;
}

/** Whoever can write to the repository may ask for a ticket: on a public one, everybody can comment. */
const MAY_ASK: ReadonlySet<string> = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);

/** INVARIANT: on a public repository everybody may open a pull request; a stranger's is nobody's ticket, whatever it names. */
export const mayName = ({ inside, association }: Pick<PullNews, "inside" | "association">): boolean =>
  inside || MAY_ASK.has(association);

/**
 * null: no message. INVARIANT (T10, T11): no word of a bot, no word of ours and no label by itself counts as somebody's answer; and a
 * person who quotes us is still a person, so that what we wrote is known by its App, never by its text.
 */
export function heardOnGithub(news: IssueNews | CommentNews, facts: GithubFacts): Heard | null {
  const sender = senderOf(news, facts);
  const opens = news.kind === "issue" ? isOurs(news, facts) : news.asks && MAY_ASK.has(news.association);
  if (news.kind === "issue" ? !opens || sender === "ourselves" : sender === "ourselves" || sender === "bot")
    return null;
  return {
    channel: "github",
    conversation: githubConversation(news),
    answers: [],
    number: null,
    message: news.kind === "issue" ? `github:issue:${news.issue}` : `github:${news.comment}`,
    sender,
    from: {
      name: nameOf(news.author?.login ?? "ghost"),
      address: null,
      id: news.author === null ? null : `github:${news.author.id}`,
    },
    title: titleOf(news.title, `#${news.number}`),
    text: textOf(news.text),
    sentAt: news.at,
    opens,
    repository: news.repository,
  };
}

const isOurs = ({ labels, assignee }: IssueNews, { label, bot }: GithubFacts): boolean =>
  labels.some((each) => each.toLowerCase() === label.toLowerCase()) ||
  (bot !== null && assignee?.toLowerCase() === bot);

function senderOf(
  { author, viaApp }: Pick<Written, "author" | "viaApp">,
  { app, bot, staff }: Omit<GithubFacts, "label">,
): Sender {
  if (viaApp === app || (bot !== null && author?.login.toLowerCase() === bot)) return "ourselves";
  // Whose account is gone was a person.
  if (author !== null && author.type !== "User") return "bot";
  return staff ? "staff" : "client_person";
}

export interface ReadComment {
  readonly author: GithubAuthor | null;
  readonly viaApp: AppId | null;
  readonly at: Instant;
}

/** Of what an issue's own list says now. `staff`: ids of people of ours. */
export function githubSignal(
  comments: readonly ReadComment[],
  since: Instant,
  { app, staff }: { readonly app: AppId; readonly staff: ReadonlySet<UserId> },
): Signal {
  const words = comments.filter(
    ({ author, viaApp, at }) =>
      at >= since &&
      senderOf({ author, viaApp }, { app, bot: null, staff: author !== null && staff.has(author.id) }) ===
        "client_person",
  );
  const newest = words.reduce<Instant | null>((last, { at }) => (last === null || at > last ? at : last), null);
  return newest === null ? { kind: "silent" } : { kind: "heard", at: newest };
}
