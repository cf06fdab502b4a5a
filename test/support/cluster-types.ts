export const TEMPLATE = "countersign_template";

export type ClusterAnswer =
  | { readonly adminUrl: string; readonly appUrl: string; readonly claimKey: string }
  | { readonly error: string };
