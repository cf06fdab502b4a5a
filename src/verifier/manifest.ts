// The manifest of an export: nothing was changed, added or left out since it was written. It is not signed, so it proves no more.

import { hex } from "./bytes.ts";
import type { Examination } from "./examination.ts";
import { readManifest } from "./files.ts";
import { fileLimits, MANIFEST } from "./layout.ts";
import type { Files } from "./source.ts";

export async function checkManifest(exam: Examination, files: Files): Promise<void> {
  const wrong = (at: string, what: string): void => exam.find("file_differs", null, at, what);
  const manifest = await readManifest(files);
  const listed = (await files.list?.()) ?? { kind: "absent" };
  if (manifest.kind === "absent") {
    exam.notProven.add("Whether files that no tree commits to were changed: there is no manifest.");
    return;
  }
  for (const read of [manifest, listed])
    if (read.kind === "unreadable")
      exam.gap("tree", true, `Its list of files could not be read: ${read.why}.`, "Try again when it can be read.");
  if (manifest.kind === "broken") wrong(MANIFEST, `It cannot be used: ${manifest.why}.`);
  if (manifest.kind !== "found") return;
  for (const path of listed.kind === "found" ? listed.value : [])
    if (path !== MANIFEST && !manifest.value.has(path)) wrong(path, "The file was added after the export.");
  for (const [path, digest] of manifest.value) {
    const read = await files.read(path, fileLimits.bodies);
    if (read.kind === "absent") wrong(path, "The file is missing.");
    else if (read.kind !== "found") wrong(path, "The file cannot be read.");
    else if (hex(exam.tools.sha256(read.value)) !== digest) wrong(path, "The file was changed after the export.");
  }
}
