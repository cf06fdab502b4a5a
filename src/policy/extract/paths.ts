// What a path belongs to. A path is what stands after the repository's root, in the one plain way git writes it.

import type { Hazard } from "../hazards.ts";

export interface PathsRead {
  readonly hazards: readonly Hazard[];
  readonly areas: readonly string[];
}

const AREAS: Readonly<Record<string, RegExp>> = {
  auth: /^(?:auth|authn|authz|authentication|authenticate|authorization|authorize|authenticator|login|logins|signin|signup|logout|session|sessions|password|passwords|passwd|oauth|oauth2|oidc|saml|sso|mfa|totp|otp|passkey|passkeys|webauthn|jwt|acl|rbac|permission|permissions|credential|credentials|identity)$/,
  payments:
    /^(?:payment|payments|pay|billing|invoice|invoices|invoicing|checkout|refund|refunds|payout|payouts|charge|charges|stripe|adyen|paypal|braintree|ledger|subscription|subscriptions|wallet)$/,
  pii: /^(?:pii|gdpr|privacy|personal|kyc|ssn|dsar|anonymize|anonymise|pseudonymize|consent)$/,
  migrations: /^(?:migration|migrations|migrate|migrates|alembic|flyway|liquibase)$/,
  infrastructure:
    /^(?:terraform|ansible|helm|chart|charts|kubernetes|k8s|deploy|deployment|deployments|infra|infrastructure|docker|dockerfile|compose|nginx)$/,
  tests: /^(?:test|tests|spec|specs|e2e)$/,
  docs: /^(?:doc|docs|readme|changelog)$/,
};
const DEPENDENCIES =
  /(?:^|\/)(?:package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|requirements[\w.-]*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|pipfile(?:\.lock)?|go\.(?:mod|sum)|cargo\.(?:toml|lock)|gemfile(?:\.lock)?|composer\.(?:json|lock)|pom\.xml|build\.gradle(?:\.kts)?)$/;
/** What guards the repository, and what tells agents what to do. A file called HEAD makes a folder one that git takes its settings from. */
const GUARDS =
  /^(?:\.github\/(?:workflows\/|actions\/|hooks\/|(?:extensions|agents|skills|instructions|prompts|plugin)\/|(?:mcp|lsp|plugin)\.json$|merge-gate\.ya?ml$|codeowners$|dependabot\.ya?ml$|rulesets?\/|copilot)|(?:docs\/|\.gitlab\/)?codeowners$|\.gitlab-ci\.yml$|\.circleci\/|(?:.*\/)?(?:jenkinsfile|azure-pipelines\.ya?ml)$|\.travis\.yml$|appveyor\.ya?ml$|cloudbuild\.ya?ml$|bitbucket-pipelines\.yml$|(?:\.github\/)?renovate\.json5?$|\.github\/(?:settings|mergify)\.ya?ml$|\.buildkite\/|\.ci\/|\.pre-commit-config\.yaml$|\.?lefthook(?:-local)?\.(?:ya?ml|toml|json)$|\.gitmodules$|(?:.*\/)?(?:head|\.gitattributes|\.mcp\.json)$|(?:.*\/)?\.(?:claude|codex|husky|githooks)\/|clients\/[^/]+\/constitution\/|policies\/)|(?:^|\/)\.git(?:\/|$)/;
const CREDENTIAL =
  /(?:^|\/)(?:\.env(?:\.(?!example$|sample$|template$|dist$)[\w.-]+|[~-][\w.-]*)?|\.envrc|[\w-]+_(?:rsa|dsa|ecdsa|ed25519)(?!\.pub$|[\w.]*\.(?:[cm]?[jt]sx?|py|go|rs|java|kt|rb|sh|tf|md)$)[\w.]*|(?!(?:[^/]*[.-])?(?:example|sample|template|dist|defaults?|test)\.env$)[^/]+\.env|[^/]*\.tfstate(?:\.backup)?|[^/]*\.(?:pem|key|p8|p12|pkcs12|pfx|jks|jceks|keystore|kdbx)|\.npmrc|\.pypirc|\.netrc|_netrc|\.pgpass|\.my\.cnf|\.git-credentials|\.git\/(?:.*\/)?config(?:\.\w+)?|\.dockercfg|\.docker\/config\.json|\.aws\/(?:\w+|(?:sso|cli|login)\/.+)|\.ssh(?:\/[^/]*)?|\.kube\/config|\.gnupg(?:\/.*)?|\.config\/(?:gh|gcloud|op|doctl)(?:\/.*)?|\.vault-token|credentials(?:\.(?!(?:[cm]?[jt]sx?|py|go|rs|java|kt|rb|php|cs|swift|scala|md|vue|html|css)$)\w+)?|service-?account[^/]*\.json|[^/]*credentials\.json|kubeconfig(?:[.-](?:ya?ml|json|prod|production|staging|dev))?|[^/]*\.(?:kubeconfig|ppk|keytab)|env\.(?:local|prod|production|staging)|deploy_key|[^/]*accesskeys\.csv|[^/]*\.ovpn|local\.settings\.json|keystore\.properties|(?:secrets?|passwords?)\.txt|terraform\.tfvars|[^/]*\.auto\.tfvars|ssh_host_\w+_key|client_secret[^/]*\.json|[^/]*firebase-adminsdk[^/]*\.json|rootkey\.csv|(?:[^/]+\.env)\.(?:local|prod|production|staging)|(?:(?:prod|production|staging|local)[._-])?secrets?(?:[._-](?:prod|production|staging|local))?\.(?:ya?ml|json|toml|env|tfvars))$|^\/proc\/[^/]+\/(?:environ|mem|maps)$|^\/etc\/(?:shadow|gshadow|sudoers)|^\/(?:var\/)?run\/secrets(?:\/|$)/;
/** What people and editors put behind a name when they lay a file aside. */
const ASIDE = /(?:~|[.~_ -](?:bak|backup|old|orig|save|copy|tmp|gz|txt|enc|b64|swp|disabled|dpkg-\w+|rpm\w+|\d+))+$/;
const MAX = 4096;

export function isCredentialPath(path: string): boolean {
  const spelt = spelling(path);
  return CREDENTIAL.test(spelt) || CREDENTIAL.test(spelt.replace(ASIDE, ""));
}
/** Of packages that others made. */
const INSTALLED =
  /(?:^|\/)(?:node_modules|(?:site|dist)-packages|bower_components|jspm_packages|pods|\.?venv|virtualenv|env\/(?:bin|lib|scripts)|vendor\/(?:bundle|composer|bin))(?:\/|$)|(?:^|\/)vendor\/autoload\.php$/;
export const isInstalled = (path: string): boolean => INSTALLED.test(spelling(path));
export const isGuardPath = (path: string): boolean => GUARDS.test(spelling(path).replace(/^\.\//, ""));

const HOOK = /(?:^|[/=\s])(?:\.git\/hooks|\.husky|\.githooks)(?:\/|$)/;
/** Also behind a folder's name, an option or a blank. */
export const isHook = (text: string): boolean => HOOK.test(text);
export const touchesGuard = (path: string): boolean => isGuardPath(path) || isHook(path);
/** The folder itself, the one that holds it, or the same name in another folder, from where it may be on its way. */
export const movesGuard = (path: string): boolean =>
  [path, `${path}/`, path.replace(/\/+$/, "").replace(/^.*\//, "")].some(touchesGuard) ||
  /(?:^|\/)\.github\/*$/i.test(path);

/** As a file system that ignores case, and a reader who is shown it, would take it. */
const spelling = (path: string): string =>
  path
    .normalize("NFKC")
    .replaceAll(/[\p{Cf}\p{DI}]/gu, "")
    .toLowerCase()
    .replaceAll(/\/+/g, "/");

/** `loginForm_v2` holds login, form and v2. */
const wordsOf = (path: string): readonly string[] =>
  path
    .normalize("NFKC")
    .replaceAll(/[\p{Cf}\p{DI}]/gu, "")
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, " ")
    .toLowerCase()
    .split(/[^a-z0-9]+/);

/** Paths that a call reads (`write` false) or writes. */
export function readPaths(paths: readonly string[], write: boolean): PathsRead {
  const hazards = paths.flatMap((path): readonly Hazard[] => [
    ...(escapes(path) ? (["paths.escape"] as const) : []),
    ...(write && isGuardPath(path) ? (["gate.files"] as const) : []),
    ...(isCredentialPath(path) ? ([write ? "credentials.rotate" : "credentials.read"] as const) : []),
  ]);
  const areas = paths.flatMap((path) => {
    const words = wordsOf(path);
    const named = Object.entries(AREAS).flatMap(([area, word]) =>
      words.some((each) => word.test(each)) ? [area] : [],
    );
    return DEPENDENCIES.test(spelling(path)) ? [...named, "dependencies"] : named;
  });
  return { hazards: [...new Set(hazards)].toSorted(), areas: [...new Set(areas)].toSorted() };
}

const escapes = (path: string): boolean =>
  path === "" ||
  path.length > MAX ||
  // Whoever opens it may take a blank at its ends for none, and what follows for something else.
  path.trim() !== path ||
  /^[/\\~:]|^[a-z]:|::|\\|\p{Cc}|\p{Cf}/iu.test(path) ||
  path
    .normalize("NFKC")
    .split("/")
    .some((part) => part === ".." || part === "." || part === "" || ALIAS.test(part));

/** Some file systems drop what stands at the end, and give long names short ones: another name for the same file. */
const ALIAS = /[. ]$|^[^/]{1,6}~\d/;
