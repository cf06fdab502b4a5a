// GitHub's API as an execution has it: through the lease's proxy, with the handle, about the packet's own repository.

import { z } from "zod";
import { commitSha, Fault, type CommitSha } from "#kernel";
import type { PacketRepository } from "#gateway";
import { cut } from "../../cut.ts";
import { Unable, type Bench, type HeldLease } from "../../work.ts";

export type Permissions = Readonly<Record<string, "read" | "write">>;

export interface Api {
  readonly repository: PacketRepository;
  /** `below`: after /repos/owner/name/, its parts encoded. Statuses of `expected` are answers; others are a failure. */
  get<T>(below: string, shape: z.ZodType<T>): Promise<T | "absent">;
  /** What is no JSON, piece by piece: at most what the proxy lets through. */
  open(below: string): Promise<AsyncIterable<Uint8Array> | "absent">;
  /** Of what shows nowhere by itself, as a blob: where the answer is lost, nothing was done. */
  make<T>(below: string, body: object, shape: z.ZodType<T>): Promise<T>;
  /**
   * Of what others see. INVARIANT (A1): sent once. Where the answer is lost, `look` says what stands there of it: it was done, or surely not,
   * which throws as a refusal does. Where even that cannot be asked, it is not known.
   */
  write<T>(write: Write<T>, look: () => Promise<T | "absent">): Promise<Written<T>>;
}

export interface Write<T> {
  readonly method: "POST" | "PATCH";
  readonly below: string;
  readonly body: object;
  readonly shape: z.ZodType<T>;
}
/** `why`: a whole sentence of ours. */
export type Written<T> =
  | { readonly kind: "written"; readonly made: T }
  | { readonly kind: "unknown"; readonly why: string };

/** Answers are pages and single files: nothing of theirs is larger. */
const MOST_BYTES = 8 * 1024 * 1024;
const VERSION = "2022-11-28";
/** GitHub's own words, or the lease's proxy's. */
const saysShape = z.union([
  z.object({ message: z.string() }).transform(({ message }) => message),
  z.object({ title: z.string() }).transform(({ title }) => title),
]);

export const part = (text: string): string => encodeURIComponent(text);
/** The slashes stay. */
export const parts = (path: string): string => path.split("/").map(part).join("/");

export function repositoryOf({ packet }: Bench): PacketRepository {
  if (packet.repository === null) throw new Unable("The call names no repository.", "Name one as owner/name.");
  return packet.repository;
}

/** INVARIANT X14: one repository, by id, and no permission beyond what the tool is for. */
export const withApi = <T>(
  bench: Bench,
  permissions: Permissions,
  work: (api: Api, held: HeldLease) => Promise<T>,
): Promise<T> => {
  const repository = repositoryOf(bench);
  const scope = {
    kind: "github",
    installation: repository.installation,
    repositories: [repository.id],
    permissions,
  } as const;
  return bench.lease(scope, (held) => work(apiOn(bench, held, repository), held));
};

function apiOn({ signal }: Bench, { proxy, handle }: HeldLease, repository: PacketRepository): Api {
  if (proxy === null)
    throw new Fault("broker_unavailable", "The lease broker has no way to GitHub: no App is connected.");
  const base = `${proxy}/api/repos/${parts(repository.name)}`;

  const send = (method: string, below: string, body: object | null): Promise<Response> =>
    fetch(below === "" ? base : `${base}/${below}`, {
      method,
      signal,
      redirect: "manual",
      headers: {
        authorization: `Bearer ${handle}`,
        accept: "application/vnd.github.object+json",
        "x-github-api-version": VERSION,
        "user-agent": "countersign-doer",
        ...(body === null ? {} : { "content-type": "application/json" }),
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });

  async function exchange(
    method: string,
    below: string,
    body: object | null,
  ): Promise<{ status: number; json: unknown }> {
    try {
      const response = await send(method, below, body);
      return { status: response.status, json: await jsonOf(response) };
    } catch (error) {
      if (error instanceof Unable || signal.aborted) throw error;
      throw new Unable("The line to GitHub broke.", "Make the call again later.");
    }
  }

  /** "lost": GitHub may have taken it, or not. In our own words. */
  async function sent<T>({ method, below, body, shape }: Write<T>): Promise<{ made: T } | { lost: Unable }> {
    const answer = await exchange(method, below, body).catch((error: unknown) => {
      if (error instanceof Unable && !signal.aborted) return error;
      throw error;
    });
    if (answer instanceof Unable) return { lost: answer };
    const { status, json } = answer;
    if (status >= 500) return { lost: refusedBy(status, json) };
    // The proxy cuts what is under way when its lease ends, however far it had got.
    if (status === 401) return { lost: new Unable("The lease ended before GitHub answered.", "Make the call again.") };
    if (status < 200 || status >= 300) throw refusedBy(status, json);
    const read = shape.safeParse(json);
    return read.success ? { made: read.data } : { lost: new Unable("GitHub's answer could not be read.", "Look at GitHub what came of it.") }; // prettier-ignore
  }

  return {
    repository,
    async get(below, shape) {
      const { status, json } = await exchange("GET", below, null);
      if (status === 200) return shape.parse(json);
      // 422: a name that is nobody's; 409: an empty repository.
      if (status === 404 || status === 409 || status === 422) return "absent";
      throw refusedBy(status, json);
    },
    async open(below) {
      const response = await send("GET", below, null);
      if (response.status === 200 && response.body !== null) return response.body;
      const json = await jsonOf(response);
      // 410: it was there, and GitHub keeps it no longer.
      if (response.status === 404 || response.status === 410) return "absent";
      throw refusedBy(response.status, json);
    },
    async make(below, body, shape) {
      const answer = await sent({ method: "POST", below, body, shape });
      if ("lost" in answer) throw answer.lost;
      return answer.made;
    },
    async write(write, look) {
      const answer = await sent(write);
      if ("made" in answer) return { kind: "written", made: answer.made };
      const { lost } = answer;
      try {
        const found = await look();
        if (found !== "absent") return { kind: "written", made: found };
      } catch (error) {
        if (signal.aborted) throw error;
        return { kind: "unknown", why: `${lost.message} Nor could GitHub be asked what came of it.` };
      }
      throw new Unable(`${lost.message} Nothing of it was there afterwards.`, "Make the call again later.");
    },
  };
}

async function jsonOf(response: Response): Promise<unknown> {
  if (response.body === null) return null;
  const body: AsyncIterable<Uint8Array> = response.body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Unable("GitHub's answer is larger than is read here.", "Ask for less.");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return null;
  }
}

function refusedBy(status: number, json: unknown): Unable {
  const says = cut(saysShape.safeParse(json).data ?? "no reason", 300);
  return status >= 500 || status === 429
    ? new Unable(`GitHub does not answer now (${status}).`, "Make the call again later.")
    : new Unable(
        `GitHub refused it (${status}: ${says}).`,
        "Change the call, or ask a person about the App's permissions.",
      );
}

const shaColumn = z.string().transform((text, ctx): CommitSha => {
  const sha = commitSha(text);
  if (sha === null) ctx.addIssue("is no commit");
  return sha ?? z.NEVER;
});
const commitShape = z.object({ sha: shaColumn });
const objectShape = z.object({ object: z.object({ type: z.string(), sha: shaColumn }) });
const refShape = z.union([objectShape.extend({ ref: z.string() }), z.array(z.unknown())]);
const tagShape = objectShape;
const defaultShape = z.object({ default_branch: z.string() });

export async function defaultBranch(api: Api): Promise<string> {
  const found = await api.get("", defaultShape);
  if (found === "absent")
    throw new Unable("The App does not see that repository.", "Ask a person to install it there.");
  return found.default_branch;
}

/** INVARIANT: everything that follows is about this one commit, however the branch moves meanwhile. */
export async function commitOf(api: Api, ref: string | null): Promise<CommitSha> {
  const name = ref ?? (await defaultBranch(api));
  const sha = name.includes("/") ? await slashed(api, name) : await plain(api, name);
  if (sha === null)
    throw new Unable(`There is no ${JSON.stringify(name)} in that repository.`, "Name a branch, a tag or a commit.");
  return sha;
}

async function plain(api: Api, name: string): Promise<CommitSha | null> {
  const found = await api.get(`commits/${part(name)}`, commitShape);
  return found === "absent" ? null : found.sha;
}

/** `feature/x`: a lease's proxy lets no slash through where one part of a path is meant, so the ref is asked for as a ref. */
async function slashed(api: Api, name: string): Promise<CommitSha | null> {
  const bare = name.replace(/^refs\//, "");
  const full = /^(?:heads|tags)\/./.test(bare) ? [bare] : [];
  // A branch of that name before a tag, as git has it in a repository's own names.
  for (const at of [`heads/${bare}`, `tags/${bare}`, ...full]) {
    const found = await api.get(`git/ref/${parts(at)}`, refShape);
    // Asked for a part of a name, GitHub may answer with all that begin so, or with another one.
    if (found === "absent" || Array.isArray(found) || found.ref !== `refs/${at}`) continue;
    return found.object.type === "tag" ? tagged(api, found.object.sha) : found.object.sha;
  }
  return null;
}

/** A tag of a tag is nobody's release. */
async function tagged(api: Api, tag: string): Promise<CommitSha | null> {
  const found = await api.get(`git/tags/${tag}`, tagShape);
  return found === "absent" || found.object.type !== "commit" ? null : found.object.sha;
}
