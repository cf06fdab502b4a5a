/** About a tool of the agent's own program. There is no fourth answer, and no way to give none. */
export type Decision =
  | { readonly kind: "allow"; readonly why: string }
  /** Whoever sits at that machine is asked there; that is no approval of ours, and nothing of ours runs for it. */
  | { readonly kind: "ask"; readonly why: string }
  | { readonly kind: "deny"; readonly why: string };

export const deny = (why: string): Decision => ({ kind: "deny", why });
