/** How this process shows who it is. Both are read anew when Vault no longer knows the last token, so files may be replaced meanwhile. */
export type VaultLogin =
  | { readonly kind: "token_file"; readonly path: string }
  | {
      readonly kind: "app_role";
      readonly mount: string;
      readonly roleId: string;
      readonly secretIdFile: string;
    };

/** One transit engine of one HashiCorp Vault or OpenBao. */
export interface VaultPlace {
  /** Without a trailing slash. */
  readonly address: string;
  readonly namespace: string | null;
  readonly transitMount: string;
  readonly login: VaultLogin;
}

export interface VaultTiming {
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Of one request, its body included. */
  readonly timeoutMs: number;
}
