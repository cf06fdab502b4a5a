// AWS KMS's calls that we use, and what their answers mean.
// API: https://docs.aws.amazon.com/kms/latest/APIReference/

import type { DescribeKeyCommandOutput, KMSClient } from "@aws-sdk/client-kms";
import { Fault } from "#kernel";

/** Credentials come from where the AWS SDK finds them: a role of the machine or the pod, a file, the environment. */
export interface AwsPlace {
  readonly region: string;
  /** null: AWS's own. */
  readonly endpoint: string | null;
}

/** What a key of ours is, as far as we rely on it. */
export interface AwsKey {
  readonly id: string;
  readonly arn: string;
  readonly description: string;
  readonly state: "enabled" | "disabled" | "ending";
}

export type Opened =
  | { readonly kind: "plain"; readonly bytes: Uint8Array }
  | { readonly kind: "damaged" | "absent" | "disabled" | "unusable" };

/** The least that AWS waits before a key that is to be destroyed is. Until then it opens nothing, and an administrator of the account can call it back. */
export const DAYS_UNTIL_GONE = 7;
const TIMEOUT_MS = 5_000;
const ATTEMPTS = 3;

const DECRYPT_REFUSALS = [
  "InvalidCiphertextException",
  "IncorrectKeyException",
  "NotFoundException",
  "DisabledException",
  "KMSInvalidStateException",
] as const;
const REFUSALS = {
  InvalidCiphertextException: "damaged",
  IncorrectKeyException: "damaged",
  NotFoundException: "absent",
  DisabledException: "disabled",
  KMSInvalidStateException: "unusable",
} as const satisfies Readonly<Record<(typeof DECRYPT_REFUSALS)[number], Exclude<Opened["kind"], "plain">>>;
/** The states in which we know what to do with a key. */
const STATES: ReadonlyMap<string, AwsKey["state"]> = new Map([
  ["Enabled", "enabled"],
  ["Disabled", "disabled"],
  ["PendingDeletion", "ending"],
]);
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

export const awsLost = (what: string, cause?: unknown): Fault =>
  new Fault("keys_unavailable", `AWS KMS ${what}. Nothing is sealed or opened meanwhile.`, { cause });

export function createAwsCalls({ region, endpoint }: AwsPlace) {
  let client: Promise<KMSClient> | null = null;

  /** Only here is the SDK loaded: who keeps keys elsewhere need not have it. */
  const load = () =>
    import("@aws-sdk/client-kms").catch((cause: unknown) => {
      throw new Fault(
        "config_invalid",
        "KMS is aws, but the package @aws-sdk/client-kms is not installed. Install Countersign with its optional packages (npm ci without --omit=optional).",
        { cause },
      );
    });
  type Sdk = Awaited<ReturnType<typeof load>>;

  const connect = async ({ KMSClient: Client }: Sdk): Promise<KMSClient> =>
    new Client({
      region,
      ...(endpoint === null ? {} : { endpoint }),
      maxAttempts: ATTEMPTS,
      requestHandler: { requestTimeout: TIMEOUT_MS, connectionTimeout: TIMEOUT_MS },
    });

  /** `expected`: names of errors that are an answer; anything else means that nothing is known. */
  async function ask<T extends object, E extends string>(
    expected: readonly E[],
    work: (kms: KMSClient, sdk: Sdk) => Promise<T>,
  ): Promise<T | E> {
    const sdk = await load();
    client ??= connect(sdk);
    try {
      return await work(await client, sdk);
    } catch (error) {
      const answer = expected.find((name) => name === nameOf(error));
      if (answer !== undefined) return answer;
      // No sentence of AWS's is repeated: what they quote may be anything.
      throw awsLost(
        nameOf(error) === "AccessDeniedException"
          ? "forbids this role what is asked: docs/runbooks/aws-kms.md has its policy"
          : `does not do what is asked (${
              nameOf(error)
                .replaceAll(/[^A-Za-z0-9]/g, "")
                .slice(0, 60) || "no answer"
            })`,
        error,
      );
    }
  }

  const keyOf = ({ KeyMetadata: data }: DescribeKeyCommandOutput): AwsKey => {
    const { KeyId: id, Arn: arn, Description: description = "", KeyState: now } = data ?? {};
    if (id === undefined || arn === undefined) throw awsLost("answered otherwise than its API does");
    const state = now === undefined ? undefined : STATES.get(now);
    if (state === undefined) throw awsLost(`has a key that nobody can use now (${now ?? "no state"})`);
    return { id, arn, description, state };
  };

  async function key(idOrAlias: string): Promise<AwsKey | null> {
    const answer = await ask(["NotFoundException"], (kms, { DescribeKeyCommand: Describe }) =>
      kms.send(new Describe({ KeyId: idOrAlias })),
    );
    return answer === "NotFoundException" ? null : keyOf(answer);
  }

  /** Nothing more happens where it is ending already. */
  async function end(idOrAlias: string): Promise<void> {
    await ask(["NotFoundException", "KMSInvalidStateException"], (kms, { ScheduleKeyDeletionCommand: Schedule }) =>
      kms.send(new Schedule({ KeyId: idOrAlias, PendingWindowInDays: DAYS_UNTIL_GONE })),
    );
  }

  return {
    key,
    /** Deletion takes no alias: by its id. */
    async end(alias: string): Promise<void> {
      const found = await key(alias);
      if (found !== null && found.state !== "ending") await end(found.id);
    },
    /** A new key under an alias. Of any number at the same moment one has it, and the others' keys end. */
    async make(alias: string, description: string): Promise<void> {
      const made = await ask([], (kms, { CreateKeyCommand: Create }) =>
        kms.send(
          new Create({
            Description: description,
            KeySpec: "SYMMETRIC_DEFAULT",
            KeyUsage: "ENCRYPT_DECRYPT",
            Tags: [{ TagKey: "countersign", TagValue: description }],
          }),
        ),
      );
      const id = made.KeyMetadata?.KeyId;
      if (id === undefined) throw awsLost("answered otherwise than its API does");
      const named = await ask(["AlreadyExistsException"], (kms, { CreateAliasCommand: Alias }) =>
        kms.send(new Alias({ AliasName: alias, TargetKeyId: id })),
      );
      if (named === "AlreadyExistsException") await end(id);
    },
    /** The alias names this key from now on. */
    async point(alias: string, id: string): Promise<void> {
      const made = await ask(["AlreadyExistsException"], (kms, { CreateAliasCommand: Alias }) =>
        kms.send(new Alias({ AliasName: alias, TargetKeyId: id })),
      );
      if (made === "AlreadyExistsException")
        await ask([], (kms, { UpdateAliasCommand: Update }) =>
          kms.send(new Update({ AliasName: alias, TargetKeyId: id })),
        );
    },
    /** Neither takes an alias. */
    disable: (id: string) =>
      ask(["KMSInvalidStateException"], (kms, { DisableKeyCommand: Disable }) => kms.send(new Disable({ KeyId: id }))),
    enable: (id: string) =>
      ask(["KMSInvalidStateException"], (kms, { EnableKeyCommand: Enable }) => kms.send(new Enable({ KeyId: id }))),
    /** null: the key is disabled, ending or not there. */
    async encrypt(
      idOrAlias: string,
      plain: Uint8Array,
      bound: Readonly<Record<string, string>>,
    ): Promise<Uint8Array | null> {
      const made = await ask(
        ["NotFoundException", "DisabledException", "KMSInvalidStateException"],
        (kms, { EncryptCommand: Encrypt }) =>
          kms.send(new Encrypt({ KeyId: idOrAlias, Plaintext: plain, EncryptionContext: { ...bound } })),
      );
      if (typeof made === "string") return null;
      if (made.CiphertextBlob === undefined) throw awsLost("answered otherwise than its API does");
      return made.CiphertextBlob;
    },
    async decrypt(idOrAlias: string, sealed: Uint8Array, bound: Readonly<Record<string, string>>): Promise<Opened> {
      const made = await ask(DECRYPT_REFUSALS, (kms, { DecryptCommand: Decrypt }) =>
        kms.send(new Decrypt({ KeyId: idOrAlias, CiphertextBlob: sealed, EncryptionContext: { ...bound } })),
      );
      if (typeof made === "string") return { kind: REFUSALS[made] };
      if (made.Plaintext === undefined) throw awsLost("answered otherwise than its API does");
      return { kind: "plain", bytes: made.Plaintext };
    },
    /** Of the account and region, ours and others'. */
    async aliases(): Promise<readonly string[]> {
      const names: string[] = [];
      let marker: string | undefined;
      do {
        const page = await ask([], (kms, { ListAliasesCommand: List }) =>
          kms.send(new List({ Limit: 100, ...(marker === undefined ? {} : { Marker: marker }) })),
        );
        names.push(...(page.Aliases ?? []).flatMap(({ AliasName: name }) => name ?? []));
        marker = page.Truncated === true ? page.NextMarker : undefined;
      } while (marker !== undefined);
      return names;
    },
  };
}
