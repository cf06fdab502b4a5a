import { Fault } from "#kernel";

/** By what a root's name begins with: where those keys are, and the setting that says so. */
const STORES = {
  file: { where: "in a directory", set: "Set KMS=file and KEYS_DIR" },
  vault: { where: "in Vault", set: "Set KMS=vault and VAULT_ADDR" },
  aws: { where: "in AWS KMS", set: "Set KMS=aws and AWS_REGION" },
  hsm: { where: "in an HSM", set: "Set KMS=pkcs11 and PKCS11_MODULE" },
} as const;
export type StoreName = keyof typeof STORES;

const isStore = (name: string): name is StoreName => Object.hasOwn(STORES, name);

/** INVARIANT: a database is opened with the kind of store that its keys were made in, and with no other. */
export function refuseOtherStore(known: string | null, own: StoreName): void {
  if (known === null || known.startsWith(`${own}:`)) return;
  const name = known.slice(0, Math.max(0, known.indexOf(":")));
  const found = isStore(name) ? STORES[name] : null;
  throw new Fault(
    "config_invalid",
    found === null
      ? "This database's keys are in a store that this version does not know. Update Countersign."
      : `This database's keys are ${found.where}, and not ${STORES[own].where}. ${found.set}: keys are not moved between the two.`,
  );
}
