import { entryOf } from "../model/entries.ts";
import { oidOf } from "../model/objects.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { repoApi, repoHtml } from "./repositories.ts";
import type { Shape } from "./shape.ts";

export const base64 = (bytes: Buffer): string => bytes.toString("base64").replaceAll(/(.{60})/g, "$1\n");

export function contentShape(
  w: World,
  repo: Repository,
  file: { readonly path: string; readonly text: string; readonly ref: string },
): Shape {
  const sha = oidOf(file.text);
  const { bytes } = entryOf(file.text);
  const self = `${repoApi(w, repo)}/contents/${file.path}?ref=${file.ref}`;
  const git = `${repoApi(w, repo)}/git/blobs/${sha}`;
  const html = `${repoHtml(w, repo)}/blob/${file.ref}/${file.path}`;
  return {
    type: "file",
    encoding: "base64",
    size: bytes.length,
    name: file.path.split("/").at(-1),
    path: file.path,
    content: base64(bytes),
    sha,
    url: self,
    git_url: git,
    html_url: html,
    download_url: `${repoHtml(w, repo)}/raw/${file.ref}/${file.path}`,
    _links: { self, git, html },
  };
}
