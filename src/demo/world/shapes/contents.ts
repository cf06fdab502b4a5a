import { blobSha } from "../model/history.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { repoApi, repoHtml } from "./repositories.ts";
import type { Shape } from "./shape.ts";

export function contentShape(
  w: World,
  repo: Repository,
  file: { readonly path: string; readonly text: string; readonly ref: string },
): Shape {
  const sha = blobSha(file.text);
  const self = `${repoApi(w, repo)}/contents/${file.path}?ref=${file.ref}`;
  const git = `${repoApi(w, repo)}/git/blobs/${sha}`;
  const html = `${repoHtml(w, repo)}/blob/${file.ref}/${file.path}`;
  return {
    type: "file",
    encoding: "base64",
    size: Buffer.byteLength(file.text),
    name: file.path.split("/").at(-1),
    path: file.path,
    content: Buffer.from(file.text)
      .toString("base64")
      .replaceAll(/(.{60})/g, "$1\n"),
    sha,
    url: self,
    git_url: git,
    html_url: html,
    download_url: `${repoHtml(w, repo)}/raw/${file.ref}/${file.path}`,
    _links: { self, git, html },
  };
}
