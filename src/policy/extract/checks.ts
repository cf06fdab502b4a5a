// Tests, hooks and CI that would be skipped.

import type { Hazard } from "../hazards.ts";

/** CI systems read these out of a commit's message. */
export const messageHazards = (message: string): readonly Hazard[] =>
  /\[\s*(?:skip[ _-]*(?:ci|actions|checks|tests)|(?:ci|actions|no)[ _-]*skip|no[ _-]*ci)\s*\]|\*{3}NO_CI\*{3}|^skip-checks:\s*true/im.test(
    message,
  )
    ? ["checks.bypass"]
    : [];

const SWITCHES =
  /^(?:HUSKY|HUSKY_SKIP_HOOKS|SKIP|LEFTHOOK\w*|PRE_COMMIT\w*|OVERCOMMIT_DISABLE|GIT_CONFIG\w*|SKIP_\w+|NO_VERIFY|CI_SKIP)$/;
/** They put a program where git or the shell looks for one. */
const LOADERS =
  /^(?:GIT_(?:SSH|SSH_COMMAND|EXEC_PATH|ASKPASS|EDITOR|SEQUENCE_EDITOR|PAGER|EXTERNAL_DIFF|PROXY_COMMAND|TEMPLATE_DIR)|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_\w+|PATH|PS[0-4]|LESSOPEN|LESSCLOSE|EDITOR|VISUAL|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|IFS|PROMPT_COMMAND|NODE_OPTIONS|PYTHONSTARTUP|PERL5OPT|RUBYOPT)$/;

export function assignmentHazards(name: string): readonly Hazard[] {
  if (SWITCHES.test(name)) return ["checks.bypass"];
  return LOADERS.test(name) ? ["shell.unreadable"] : [];
}

const SKIPPING =
  /^(?:-DskipTests?\b.*|-DskipITs\b.*|-Dmaven\.test\.skip\b.*|--skip-?tests?\b.*|--no-?tests?\b.*|--no-verify|--passWithNoTests|--skip-checks?)$/i;
const HOOKS = new Set(["husky", "pre-commit", "lefthook", "overcommit", "simple-git-hooks"]);

export function skipHazards(name: string, args: readonly string[]): readonly Hazard[] {
  const skips =
    args.some((arg) => SKIPPING.test(arg)) ||
    (/^gradlew?$/.test(name) &&
      args.some((arg, i) => (arg === "-x" || arg === "--exclude-task") && /test|check/i.test(args[i + 1] ?? ""))) ||
    (HOOKS.has(name) && args.some((arg) => /^(?:uninstall|remove|disable)$/.test(arg)));
  return skips ? ["checks.bypass"] : [];
}
