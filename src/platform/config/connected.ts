import { accessSync, constants, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { APP_ID, CLIENT_ID, CLIENT_SECRET, privateKey, WEBHOOK_SECRET } from "./values.ts";

/** The App that "Connect GitHub" created, as it lies in the data directory (mode 0600). */
const stored = z.strictObject({
  appId: z.number().int().positive().transform(String).pipe(APP_ID),
  slug: z.string(),
  privateKey: privateKey("The connected App's key"),
  webhookSecret: WEBHOOK_SECRET,
  apiUrl: z.string(),
  // An App that was connected before people signed in has none.
  clientId: CLIENT_ID.optional(),
  clientSecret: CLIENT_SECRET.optional(),
});
export type ConnectedApp = z.output<typeof stored>;
export type NewConnectedApp = z.input<typeof stored>;

export type ConnectedRead =
  | { readonly kind: "none" }
  | { readonly kind: "app"; readonly app: ConnectedApp }
  | { readonly kind: "damaged"; readonly file: string };

export const connectedFile = (dataDir: string): string => join(dataDir, "live", "github-app.json");

export function readConnectedApp(dataDir: string): ConnectedRead {
  const file = connectedFile(dataDir);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
    return missing ? { kind: "none" } : { kind: "damaged", file };
  }
  try {
    const parsed = stored.safeParse(JSON.parse(text));
    return parsed.success ? { kind: "app", app: parsed.data } : { kind: "damaged", file };
  } catch {
    return { kind: "damaged", file };
  }
}

/** null: what GitHub hands over once can be kept here. Otherwise a sentence with the way out, before anything is asked of GitHub. */
export function connectedPlaceProblem(dataDir: string): string | null {
  const folder = join(dataDir, "live");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch {
    return `The new App's key could not be kept in ${folder}: this user may not write there. Start from a directory of your own, or set DATA_DIR.`;
  }
}

/** Whole or not at all: a crash in the middle must not leave half a credential. */
export function writeConnectedApp(dataDir: string, app: NewConnectedApp): void {
  const file = connectedFile(dataDir);
  mkdirSync(join(dataDir, "live"), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(app, null, 2), { mode: 0o600 });
  renameSync(draft, file);
}
