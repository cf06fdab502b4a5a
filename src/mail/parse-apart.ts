// A mail is taken apart in a thread of its own: the parser's patterns are not ours, and one mail can be built so that one of them takes hours.

import { parentPort, workerData } from "node:worker_threads";
import PostalMime from "postal-mime";
import { z } from "zod";

const { mime, bounds } = z
  .object({
    mime: z.instanceof(Uint8Array),
    bounds: z.object({ maxNestingDepth: z.int(), maxHeadersSize: z.int() }),
  })
  .parse(workerData);
const { attachments, ...mail } = await PostalMime.parse(mime, bounds);
const said = { ...mail, attachments: attachments.map(({ filename, mimeType }) => ({ filename, mimeType })) };
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
parentPort?.postMessage(said);
