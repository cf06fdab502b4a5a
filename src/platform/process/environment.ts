/** All that a child sees. */
export type ChildEnvironment = Readonly<Record<string, string>>;

/**
 * What may be handed on: where programs and their files are, never what they may do. INVARIANT: nobody hands on a name that is not
 * here, so a setting of ours that holds a secret has no way into a child.
 */
export type Inheritable =
  | "PATH"
  | "HOME"
  | "XDG_CONFIG_HOME"
  | "DEPENDENCIES_DIR"
  // Where Node keeps what it has compiled: a process of ours is up in half the time.
  | "NODE_COMPILE_CACHE"
  // How git's child authenticates at a repository of checkpoints: the agent's socket, not a key.
  | "SSH_AUTH_SOCK"
  | "GIT_SSH_COMMAND"
  // Set by git for its hooks: which index is about to be committed.
  | "GIT_DIR"
  | "GIT_INDEX_FILE"
  | "GIT_WORK_TREE";

/** Those of the names that this process has. */
export function inherited(...names: readonly Inheritable[]): ChildEnvironment {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
