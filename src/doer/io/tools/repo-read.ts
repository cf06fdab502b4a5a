import { z } from "zod";
import { repoReadArguments } from "#gateway";
import type { Json } from "#kernel";
import { done, type ToolWork } from "../../work.ts";
import { commitOf, parts, withApi, type Api } from "./api.ts";
import { entriesAt, FOLDER, LINK, SUBMODULE } from "./entries.ts";
import { told } from "./told.ts";

const FILE_BYTES = 256 * 1024;

const entryShape = z.discriminatedUnion("type", [
  z.object({ type: z.literal("file"), size: z.int(), encoding: z.string(), content: z.string() }),
  z.object({
    type: z.literal("dir"),
    entries: z.array(z.object({ name: z.string(), type: z.string(), size: z.int() })),
  }),
]);

export const repoRead: ToolWork = async (bench) => {
  const { ref, paths } = repoReadArguments.parse(bench.packet.args);
  return withApi(bench, { contents: "read" }, async (api) => {
    const commit = await commitOf(api, ref);
    const modeOf = await entriesAt(api, commit);
    const read: Json[] = [];
    for (const path of paths) read.push(await one(api, path, commit, path === "." ? FOLDER : await modeOf(path)));
    return done(`Read ${paths.length === 1 ? paths[0] : `${paths.length} paths`} at ${commit.slice(0, 12)}.`, {
      commit,
      read,
    });
  });
};

/** INVARIANT: the rules have looked at the path, so what it leads to elsewhere is not read: GitHub would answer a link with that. */
async function one(api: Api, path: string, commit: string, mode: string | null): Promise<Json> {
  if (mode === null) return { path, kind: "absent" };
  if (mode === LINK) return { path, kind: "symlink" };
  if (mode === SUBMODULE) return { path, kind: "submodule" };
  const at = path === "." ? "contents" : `contents/${parts(path)}`;
  const found = await api.get(`${at}?ref=${commit}`, entryShape);
  if (found === "absent") return { path, kind: "absent" };
  switch (found.type) {
    case "dir":
      return { path, kind: "folder", names: found.entries.map(({ name, type, size }) => ({ name, type, size })) };
    case "file":
      return { path, size: found.size, ...textOf(found) };
  }
}

function textOf({
  size,
  encoding,
  content,
}: {
  size: number;
  encoding: string;
  content: string;
}): Record<string, Json> {
  if (size > FILE_BYTES || encoding !== "base64") return { kind: "too large" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(content, "base64"));
    return text.includes("\u0000") ? { kind: "binary" } : { kind: "text", content: told("file", text) };
  } catch {
    return { kind: "binary" };
  }
}
