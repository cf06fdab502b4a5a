// Each backend, listed and held against the register. What could not be listed is a sentence too: silence is no finding.

import { createHash } from "node:crypto";
import { Fault, PLATFORM_LOG } from "#kernel";
import type { Kms } from "#keys";
import type { Installations } from "#platform/github";
import type { RoleDatabase } from "#platform/postgres";
import {
  compareAssets,
  fileAsset,
  folderAsset,
  installationAsset,
  keyAsset,
  type AssetKind,
  type FoundAsset,
} from "../../assets.ts";
import { checkPrefix } from "../../prefix.ts";
import type { Clients } from "../clients.ts";
import { registeredDigests } from "./register.ts";

export interface SweepParts {
  readonly verifier: RoleDatabase<"verifier">;
  readonly clients: Clients;
  readonly kms: Pick<Kms, "list">;
  /** null: no App is configured. */
  readonly github: { readonly host: string; readonly installations: Pick<Installations, "list"> } | null;
}

/** The file that nobody but us writes. */
const OURS = ".env";
/** Where none was named when an installation was bound. */
const USUAL_HOST = "github.com";

/** A sentence for each thing that is not as it should be. */
export async function sweepAssets({ verifier, clients, kms, github }: SweepParts): Promise<readonly string[]> {
  const looked = new Set<AssetKind>();
  const found: FoundAsset[] = [];
  const problems: string[] = [];
  const look = async (kinds: readonly AssetKind[], list: () => Promise<readonly Named[]>): Promise<void> => {
    try {
      found.push(...(await list()).map(digested));
      for (const kind of kinds) looked.add(kind);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problems.push(`What was made for clients cannot be looked at everywhere: ${error.message}`);
    }
  };
  await look(["folder", "file"], () => inFolders(clients));
  await look(["kek"], async () => (await kms.list()).filter((id) => id !== PLATFORM_LOG).map(keyAsset));
  if (github !== null)
    await look(["installation"], async () =>
      (await github.installations.list()).flatMap((id) =>
        [...new Set([github.host, USUAL_HOST])].map((host) => installationAsset(host, id)),
      ),
    );
  const registered = await verifier.transaction(registeredDigests);
  return [...problems, ...compareAssets(registered, found, looked)];
}

type Named = Omit<FoundAsset, "digest">;

async function inFolders(clients: Clients): Promise<readonly Named[]> {
  const found: Named[] = [];
  for (const name of await clients.folders()) {
    found.push(folderAsset(name));
    if (checkPrefix(name).kind === "refused") continue;
    for (const path of await clients.files(name)) {
      const content = path === OURS ? await clients.digest(name, path) : null;
      found.push({
        ...fileAsset(name, path),
        ...(content === null ? {} : { content: Buffer.from(content).toString("hex") }),
      });
    }
  }
  return found;
}

const digested = (asset: Named): FoundAsset => ({
  ...asset,
  digest: createHash("sha256").update(asset.locator).digest("hex"),
});
