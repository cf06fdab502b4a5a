// A witness over HTTP (c2sp.org/tlog-witness). Nobody is authenticated: what counts is whose signature a checkpoint bears.

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { hex } from "#verifier";
import { witnessLimits } from "../../witness.ts";
import { sha256 } from "../sha256.ts";
import type { Keeper, WitnessAnswer } from "./keeper.ts";

export function witnessRoutes(
  keeper: Keeper,
  origins: readonly string[],
  onAnswer: (answer: WitnessAnswer) => void,
): Hono {
  const app = new Hono();
  const byHash = new Map(origins.map((origin) => [hex(sha256(new TextEncoder().encode(origin))), origin]));
  const tooLarge = bodyLimit({
    maxSize: witnessLimits.bodyBytes,
    onError: (c) => c.text("The request is larger than any honest one.\n", 413),
  });
  app.post("/add-checkpoint", tooLarge, async (c) => {
    const body = utf8(await c.req.arrayBuffer());
    if (body === null) return c.text("The request is not UTF-8.\n", 400);
    const answer = await keeper.addCheckpoint(body);
    onAnswer(answer);
    switch (answer.kind) {
      case "cosigned":
        return c.text(`${answer.line}\n`);
      case "conflict":
        return c.body(`${answer.size}\n`, 409, { "content-type": "text/x.tlog.size" });
      case "refuse":
        return c.text(`${answer.why}\n`, answer.status);
    }
  });
  app.get("/:hash{[0-9a-f]{64}}/checkpoint", async (c) => {
    const origin = byHash.get(c.req.param("hash"));
    const note = origin === undefined ? null : await keeper.latest(origin);
    return note === null ? c.text("This witness has cosigned no such log.\n", 404) : c.text(note);
  });
  return app;
}

function utf8(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
