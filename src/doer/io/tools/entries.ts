// What a path of a commit is, as git has it: asked folder by folder, so that no link is followed on the way.

import { z } from "zod";
import { Unable } from "../../work.ts";
import type { Api } from "./api.ts";

/** Modes of git's. */
export const FOLDER = "040000";
export const LINK = "120000";
export const SUBMODULE = "160000";

const commitShape = z.object({ tree: z.object({ sha: z.string() }) });
const treeShape = z.object({
  truncated: z.boolean(),
  tree: z.array(z.object({ path: z.string(), mode: z.string(), sha: z.string() })),
});
type Folder = z.infer<typeof treeShape>;

/** The mode of each path that is asked about; null: there is none of that name. */
export async function entriesAt(api: Api, commit: string): Promise<(path: string) => Promise<string | null>> {
  const folders = new Map<string, Folder | "absent">();
  async function folder(sha: string): Promise<Folder | "absent"> {
    const found = folders.get(sha) ?? (await api.get(`git/trees/${sha}`, treeShape));
    folders.set(sha, found);
    return found;
  }
  const root = await api.get(`git/commits/${commit}`, commitShape);
  return async (path) => {
    let at = { mode: FOLDER, sha: root === "absent" ? "" : root.tree.sha };
    for (const name of path.split("/")) {
      const inside = at.mode === FOLDER && at.sha !== "" ? await folder(at.sha) : "absent";
      const entry = inside === "absent" ? undefined : inside.tree.find((each) => each.path === name);
      if (entry === undefined && inside !== "absent" && inside.truncated)
        throw new Unable("A folder has more files than can be looked through here.", "Find it with repo.search.");
      if (entry === undefined) return null;
      at = entry;
    }
    return at.mode;
  };
}
