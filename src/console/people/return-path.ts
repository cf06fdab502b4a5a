/**
 * Where somebody goes on after signing in: a page of ours, or the queue. INVARIANT: written out, so that no spelling of another site's
 * address ("//evil", "/\evil", "https:evil") gets through.
 */
const PAGE = /^\/(?:approvals|controls|passkeys)(?:\/[A-Za-z0-9_-]{1,200}){0,2}(?:\?link=[A-Za-z0-9_.-]{1,300})?$/;

export const HOME = "/approvals";
export const returnPath = (asked: string | undefined): string =>
  asked !== undefined && asked.length <= 600 && PAGE.test(asked) ? asked : HOME;
