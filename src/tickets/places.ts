// A conversation's name, and the place that something is said to it in.

import { repositoryId, type RepositoryId } from "#kernel";

const GITHUB = /^github:(\d{1,15})#(\d{1,9})$/;
const SLACK = /^slack:([A-Z0-9]{2,30})\/([A-Z0-9]{2,30})\/(\d{1,12}\.\d{1,9})$/;
const SLACK_CHANNEL = /^slack:([A-Z0-9]{2,30})\/([A-Z0-9]{2,30})$/;
const MAIL = /^mail:(<?[^\s<>]{3,990}>?)$/;
const ADDRESS = /^mail:([^\s@<>"',;:]{1,64}@[^\s@<>"',;:]{1,255})$/;

export type Named =
  | { readonly kind: "github"; readonly repository: RepositoryId; readonly number: number }
  | { readonly kind: "slack"; readonly team: string; readonly channel: string; readonly thread: string | null }
  | { readonly kind: "mail"; readonly message: string };

/** null: nothing can be said there. */
export function parseConversation(name: string): Named | null {
  const github = GITHUB.exec(name);
  const repository = repositoryId(Number(github?.[1]));
  if (github !== null && repository !== null) return { kind: "github", repository, number: Number(github[2]) };
  const [, team, channel, thread] = SLACK.exec(name) ?? [];
  if (team !== undefined && channel !== undefined && thread !== undefined)
    return { kind: "slack", team, channel, thread };
  const message = MAIL.exec(name)?.[1];
  return message === undefined ? null : { kind: "mail", message };
}

export type PagePlace =
  | { readonly kind: "mail"; readonly to: string }
  | { readonly kind: "slack"; readonly team: string; readonly channel: string };

/** `mail:ops@acme.com` or `slack:T01/C02`. */
export function parsePagePlace(text: string): PagePlace | null {
  const to = ADDRESS.exec(text)?.[1];
  if (to !== undefined) return { kind: "mail", to };
  const [, team, channel] = SLACK_CHANNEL.exec(text) ?? [];
  return team === undefined || channel === undefined ? null : { kind: "slack", team, channel };
}

/** Mail addresses are one person's whatever the case of their letters: so is every mail server that there is. */
export const sameAddress = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && a.toLowerCase() === b.toLowerCase();
