// GitHub as a source: what the webhook's handler understood becomes a message on a ticket, and what an issue says now is read before a
// ticket is closed for silence.

import { z } from "zod";
import {
  appId,
  instant,
  iso,
  prNumber,
  repositoryId,
  userId,
  type Instant,
  type RepositoryId,
  type TenantId,
  type UserId,
} from "#kernel";
import { personByGithub } from "#identity/io";
import type { GitHub, GitHubClient } from "#platform/github";
import { branded, type Database, type TenantTx } from "#platform/postgres";
import type { Signal } from "../../heard.ts";
import type { RepositoryPlace } from "../../outgoing.ts";
import {
  DEFAULT_LABEL,
  githubConversation,
  githubPlace,
  githubSignal,
  heardOnGithub,
  mayName,
  type GithubNews,
  type PullNews,
  type ReadComment,
} from "../../sources/github.ts";
import { labelOf } from "../desk.ts";
import { isStaff } from "./staff.ts";
import type { Tickets } from "../types.ts";
import type { SourceTickets } from "./types.ts";

export interface GithubSourceParts {
  readonly database: Database;
  readonly github: GitHub;
  readonly tickets: SourceTickets & Pick<Tickets, "linkNamed">;
  /** null: not a repository of this tenant, or no longer. */
  readonly repository: (tx: TenantTx, repository: RepositoryId) => Promise<RepositoryPlace | null>;
}

export interface GithubSource {
  prepare(news: GithubNews): Promise<((tx: TenantTx) => Promise<void>) | null>;
  lastSignal(tenant: TenantId, asked: { readonly conversation: string; readonly since: Instant }): Promise<Signal>;
}

/** Of 100 comments: more of them since we asked, and nobody has read them all. */
const PAGES = 10;

export function createGithubSource(parts: GithubSourceParts): GithubSource {
  const { github, tickets } = parts;

  /** Asked only where somebody was assigned; an App may be renamed, so it is asked each time. */
  async function botOf(news: GithubNews): Promise<string | null> {
    if (news.kind !== "issue" || news.assignee === null || !news.assignee.endsWith("[bot]")) return null;
    const app = z.object({ slug: z.string() }).safeParse((await github.app().rest("GET /app", {})).data);
    return app.success ? `${app.data.slug}[bot]`.toLowerCase() : null;
  }

  return {
    async prepare(news) {
      if (news.kind === "gone") return (tx) => tickets.gone(tx, githubConversation(news), news.how);
      if (news.kind === "pull") return mayName(news) ? (tx) => linkPull(tickets, tx, news) : null;
      const facts = { app: github.appId, bot: await botOf(news) };
      // Which label is the client's is read with the client's rights: any of them may be it.
      const maybe = news.kind === "issue" ? (news.labels[0] ?? DEFAULT_LABEL) : DEFAULT_LABEL;
      if (heardOnGithub(news, { ...facts, label: maybe, staff: false }) === null) return null;
      return async (tx) => {
        const person = news.author === null ? null : await personByGithub(tx, news.author.id);
        const heard = heardOnGithub(news, { ...facts, label: await labelOf(tx), staff: isStaff(person) });
        if (heard !== null) await tickets.hear(tx, heard);
      };
    },

    async lastSignal(tenant, { conversation, since }) {
      const place = githubPlace(conversation);
      const claim = await parts.database.claimFor(tenant);
      if (place === null || claim === null) return unknown("It is not known where this conversation is.");
      const id = await parts.database.withTenant(claim, (tx) => findPlace(parts, tx, place.repository));
      if (id === null) return unknown("The repository is not reached any more.");
      const client = github.installation(id.installation, id.id, "report");
      const read = await readComments(client, id, place.number, since);
      if (read.kind !== "comments") return read;
      const people = new Set(read.comments.flatMap(({ author }) => (author?.type === "User" ? [author.id] : [])));
      const staff = await parts.database.withTenant(claim, (tx) => staffAmong(tx, people));
      return githubSignal(read.comments, since, { app: github.appId, staff });
    },
  };
}

async function linkPull(
  tickets: Pick<Tickets, "linkNamed">,
  tx: TenantTx,
  { repository, number, texts }: PullNews,
): Promise<void> {
  const pull = prNumber(number);
  if (pull !== null) await tickets.linkNamed(tx, { repository, number: pull }, texts);
}

async function findPlace(parts: GithubSourceParts, tx: TenantTx, number: number): Promise<RepositoryPlace | null> {
  const id = repositoryId(number);
  return id === null ? null : parts.repository(tx, id);
}

const unknown = (why: string): Signal => ({ kind: "unknown", why });

const issueShape = z.object({ number: z.int(), repository_url: z.string().optional() });
const author = z.object({
  id: branded(z.number(), userId),
  login: z.string(),
  type: z.enum(["User", "Bot", "Organization", "Mannequin"]).catch("Bot"),
});
const commentShape = z
  .object({
    user: author.nullish(),
    created_at: branded(z.string(), instant),
    performed_via_github_app: z.object({ id: branded(z.number(), appId) }).nullish(),
  })
  .transform((raw): ReadComment => ({
    author: raw.user ?? null,
    viaApp: raw.performed_via_github_app?.id ?? null,
    at: raw.created_at,
  }));

/** INVARIANT (S1): a list that was not read to its end says nothing: the ticket stays open. */
async function readComments(
  client: GitHubClient,
  { name }: RepositoryPlace,
  number: number,
  since: Instant,
): Promise<{ readonly kind: "comments"; readonly comments: readonly ReadComment[] } | Signal> {
  const [owner = "", repo = ""] = name.split("/");
  const where = { owner, repo, issue_number: number };
  const issue = await client.rest("GET /repos/{owner}/{repo}/issues/{issue_number}", where, [301, 404, 410]);
  if (issue.status === 301 || issue.status === 410) return { kind: "gone" };
  // Also what a repository answers that we may read no more: nobody knows, so nothing is closed.
  if (issue.status === 404) return unknown("GitHub does not show this issue to us.");
  const read = issueShape.safeParse(issue.data);
  if (!read.success) return unknown("GitHub's answer about the issue could not be read.");
  if (read.data.number !== number) return { kind: "gone" };
  const found: ReadComment[] = [];
  for (let page = 1; page <= PAGES; page += 1) {
    const answer = await client.rest("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...where,
      since: iso(since),
      per_page: 100,
      page,
    });
    const comments = z.array(commentShape).safeParse(answer.data);
    if (!comments.success) return unknown("GitHub's list of comments could not be read.");
    found.push(...comments.data);
    if (comments.data.length < 100) return { kind: "comments", comments: found };
  }
  return unknown("There are more new comments than were read.");
}

async function staffAmong(tx: TenantTx, people: ReadonlySet<UserId>): Promise<ReadonlySet<UserId>> {
  const staff = new Set<UserId>();
  for (const id of people) if (isStaff(await personByGithub(tx, id))) staff.add(id);
  return staff;
}
