// Comments. A hidden marker is looked up before anything is written where somebody may have written it already, or where it is to be written over.

import { Fault, plus, millis } from "#kernel";
import { findComment, putComment, type CommentPlace, type GitHub } from "#platform/github";
import { commentMarker } from "../marks.ts";
import { commentOf } from "../render/comment.ts";
import type { Carrier, Destination, Sent } from "../types.ts";

type ToGithub = Extract<Destination, { kind: "github" }>;

/** GitHub's clock may be behind ours. */
const EARLIER = millis(-10 * 60_000);

/** The App's key was revoked, its installation suspended, a permission taken away: a person puts that right, which takes longer than tries last. */
export function githubCarrier(github: Pick<GitHub, "appId" | "installation">): Carrier<ToGithub> {
  const carry = commentCarrier(github);
  return async (parcel, signal) => {
    try {
      return await carry(parcel, signal);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "github_refused") throw error;
      return { kind: "unset", missing: ["the App's key, or what it may do (countersign doctor says which)"] };
    }
  };
}

function commentCarrier(github: Pick<GitHub, "appId" | "installation">): Carrier<ToGithub> {
  return async ({ tenant, key, to, message, triedAt }) => {
    const { repository, number } = to;
    const client = github.installation(repository.installation, repository.id, "report");
    const place: CommentPlace = { repository: repository.name, number, appId: github.appId };
    const { board } = to;
    if (board !== null) {
      // The same words over the same comment: again is no second one.
      const name = `${tenant}/${board}`;
      const standing = await findComment(client, place, commentMarker(name));
      return after(await putComment(client, place, commentOf(name, message), standing), standing !== null);
    }
    const known =
      triedAt === null ? null : await findComment(client, place, commentMarker(key), plus(triedAt, EARLIER));
    if (known !== null) return after(known, true);
    return after(await putComment(client, place, commentOf(key, message), null), false);
  };
}

const after = (comment: number | null, found: boolean): Sent =>
  comment === null
    ? { kind: "refused", why: "The issue is gone, or locked: nobody can be told there." }
    : { kind: "taken", receipt: { comment, found } };
