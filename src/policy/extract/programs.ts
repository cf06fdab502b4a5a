// Programs by what they do. Which program it is, is its file's name; what it is asked, are its words.

import type { Hazard } from "../hazards.ts";

/** Names with blanks between them. */
export const set = (names: string): ReadonlySet<string> => new Set(names.split(" "));

export const SHELLS = set("sh bash zsh dash ksh mksh ash fish rbash csh tcsh pwsh powershell");
/** They run what follows them. */
export const WRAPPERS = set(
  "sudo doas su env command exec builtin nohup timeout gtimeout nice ionice chrt taskset stdbuf setsid setarch xargs find fd busybox toybox chroot unshare nsenter time watch flock script strace ltrace gdb npx pnpx bunx uvx pipx parallel entr caffeinate runuser systemd-run firejail bwrap fakeroot proot dbus-run-session xvfb-run direnv dotenv dotenvx foreman corepack mise asdf nix npm pnpm yarn bun uv poetry pipenv pdm hatch rye conda bundle docker podman kubectl oc nix-shell vagrant ansible",
);
/** What they run does not stand on the line. */
const UNREADABLE = set(
  "alias unalias enable hash complete bind ssh mosh telnet parallel at batch crontab screen tmux expect socat gix jj hg svn sl got lazygit gitui tig dulwich m4 ed ex vi vim nvim emacs",
);
/** Their first word is a program. */
const AWKS = set("awk gawk mawk nawk");
/** They run a program that is given as text. */
export const INTERPRETERS: ReadonlySet<string> = new Set([
  ...AWKS,
  ...set("python python2 python3 pypy node nodejs deno bun tsx ts-node ruby perl php lua luajit Rscript julia osascript groovy scala jshell elixir iex erl tclsh guile racket"), // prettier-ignore
]);
const INLINE = /^(?:-[a-zA-Z]*[cepErn]|-|--eval(?:=.*)?|--print(?:=.*)?|--execute(?:=.*)?|eval|exec)$/;
const DATABASES = set(
  "psql pgcli mysql mariadb mycli mysqladmin mysqlimport sqlite3 sqlite litecli sqlcmd bcp osql isql sqlplus sqlldr usql duckdb clickhouse clickhouse-client cqlsh mongosh mongo mongorestore redis-cli valkey-cli dropdb createdb dropuser createuser pg_restore pgbench cockroach bq spanner-cli snowsql influx etcdctl",
);
const MAIL = set("mail mailx mutt neomutt sendmail msmtp ssmtp swaks nullmailer-inject s-nail exim exim4 postdrop");
const NETWORK = set(
  "curl wget http https httpie xh nc ncat netcat scp sftp rsync ftp aria2c lynx w3m openssl dig nslookup",
);
const PACKAGES = set(
  "npm pnpm yarn pip pip3 uv poetry cargo go gem bundle composer mvn mvnw gradle gradlew dotnet mix stack cabal brew apt apt-get apk dnf yum",
);
const CLOUD = set(
  "aws gcloud az kubectl helm terraform tofu pulumi doctl heroku flyctl fly vercel netlify docker podman oc eksctl ansible ansible-playbook",
);
const READERS = set(
  "cat less more head tail grep egrep fgrep rg ls echo printf cp mv ln mkdir sed touch wc sort diff stat file test [ tree cd pwd basename dirname",
);

/** They read what they are given, and run none of it. */
const FILTERS = set("find jq cut tr uniq tee du nl comm cmp paste column fold od hexdump base64 tac rev rm rmdir");

/** They change the files that they are given; or, as `cd`, whoever is there names what is there by another name. */
export const MODIFIERS = set("rm mv cp ln chmod chown tee sed truncate shred install touch dd unlink perl sort uniq tree cd pushd"); // prettier-ignore

/** For rules that a tenant writes: `context.shell.contains("network")`. */
export function kindOf(name: string): string {
  if (name === "git" || name.startsWith("git-")) return "git";
  if (NETWORK.has(name)) return "network";
  if (PACKAGES.has(name)) return "package";
  if (CLOUD.has(name)) return "cloud";
  if (DATABASES.has(name)) return "database";
  if (INTERPRETERS.has(name) || SHELLS.has(name)) return "script";
  if (name === "rm" || name === "rmdir" || name === "shred" || name === "truncate") return "delete";
  if (name === "gh" || name === "glab" || name === "hub") return "host";
  return READERS.has(name) ? "file" : "other";
}

/** A program on the command line, or on the input: no rule reads it. */
export const runsCode = (name: string, args: readonly string[], input: boolean): boolean =>
  INTERPRETERS.has(name.replace(/\d(?:\.\d+)?$/, "")) || INTERPRETERS.has(name)
    ? AWKS.has(name) || args.some((arg) => INLINE.test(arg)) || (input && !args.some((arg) => !arg.startsWith("-")))
    : false;

interface Asked {
  readonly name: RegExp;
  /** Of the words, one after the other, with single spaces. */
  readonly words: RegExp;
  readonly hazard: Hazard;
}

const asked = (name: RegExp, words: RegExp, hazard: Hazard): Asked => ({ name, words, hazard });
const ANY = /^/;

const ASKED: readonly Asked[] = [
  asked(/^(?:gh|hub|glab)$/, /(?:^| )(?:pr|mr) (?:.* )?merge(?: |$)|^merge(?: |$)/, "gate.bypass"),
  asked(/^gh$/, /^api(?: .*)? \S*(?:\/merge\b|\/merges\b|merge-upstream|\/git\/refs|\/protection|\/rulesets|\/statuses\/|\/check-runs|\/reviews|\/contents\/)|^api(?: .*)? graphql|^(?:ruleset|workflow|repo (?:edit|delete|sync|rename|archive|deploy-key)) ?/, "gate.bypass"), // prettier-ignore
  asked(/^(?:gh|hub|glab)$/, /(?:^| )(?:pr|mr) (?:.* )?(?:review(?: .*)? (?:-a|--approve|--ap\w*|-[bcF]*a\w*)(?: |$)|approve(?: |$))/, "approval.self"), // prettier-ignore
  asked(/^countersign$/, /^(?:approve|approval)/, "approval.self"),
  asked(
    /^(?:curl|wget|http|https|httpie|xh)$/,
    /api\.github\.com|\/api\/v3\/|\/api\/graphql|gitlab\.\S*\/api\//,
    "gate.bypass",
  ),
  asked(/^(?:curl|swaks|openssl)$/, /smtps?:\/\/|--mail-(?:from|rcpt)|starttls smtp|api\.(?:resend|sendgrid|postmarkapp|mailgun)\.\S+/, "mail.unsolicited"), // prettier-ignore
  asked(/^aws$/, /\bses(?:v2)? send|\bsns publish/, "mail.unsolicited"),
  asked(/^gh$/, /^auth (?:token|status .*(?:-t|--show-token)|setup-git)/, "credentials.read"),
  asked(/^aws$/, /^configure (?:get|export-credentials|list)|get-session-token|assume-role|get-login-password|get-secret-value|get-parameter|get-federation-token/, "credentials.read"), // prettier-ignore
  asked(/^gcloud$/, /print-(?:access|identity)-token|secrets versions access|application-default/, "credentials.read"),
  asked(
    /^az$/,
    /get-access-token|keyvault secret (?:show|download)|keys list|show-connection-string/,
    "credentials.read",
  ),
  asked(
    /^(?:kubectl|oc)$/,
    /(?:get|describe|edit) (?:.* )?(?:secrets?)(?:[ /]|$)|config view .*--raw|create token/,
    "credentials.read",
  ),
  asked(/^(?:vault|bao)$/, /^(?:kv get|read|print|token lookup|unwrap|list)/, "credentials.read"),
  asked(/^(?:op|pass|bw|doppler|sops|secret-tool|keyring|lpass|chamber|envchain|age)$/, ANY, "credentials.read"),
  asked(/^security$/, /find-(?:generic|internet)-password|dump-keychain|export/, "credentials.read"),
  asked(/^gpg2?$/, /-d\b|--decrypt|--export-secret/, "credentials.read"),
  asked(/^(?:heroku)$/, /^config(?::get)?(?: |$)|^auth:token/, "credentials.read"),
  asked(/^(?:npm|pnpm|yarn)$/, /^config (?:get|ls|list).*(?:_auth|token|-l)|^token list/i, "credentials.read"),
  asked(/^printenv$/, ANY, "credentials.read"),
  asked(/^[jy]q$/, /\$ENV\b|(?<!\.)\b(?:str)?env\b/, "credentials.read"),
  asked(/^(?:export|declare|typeset|readonly)$/, /^-[a-zA-Z]*[px]?[a-zA-Z]*$|^$/, "credentials.read"),
  asked(/^set$/, /^$/, "credentials.read"),
  asked(/^countersign$/, /^(?:secret|key|tenant)(?: |$)/, "credentials.rotate"),
  asked(/^gh$/, /^(?:secret|ssh-key|gpg-key|variable) |^auth (?:login|refresh|logout|switch)/, "credentials.rotate"),
  asked(/^aws$/, /(?:create|update|delete|rotate|put|import|reset)-(?:access-key|login-profile|secret|secret-value|parameter|key-pair|service-specific-credential)|^configure(?: set| sso|$)/, "credentials.rotate"), // prettier-ignore
  asked(/^gcloud$/, /keys (?:create|delete)|secrets (?:create|delete|update)|versions (?:add|destroy|disable)|auth (?:login|activate|revoke)/, "credentials.rotate"), // prettier-ignore
  asked(
    /^az$/,
    /keyvault (?:secret|key) (?:set|delete|create)|credential reset|ad sp create|keys renew/,
    "credentials.rotate",
  ),
  asked(/^(?:kubectl|oc)$/, /(?:create|delete|patch|apply) (?:.* )?secrets?(?:[ /]|$)/, "credentials.rotate"),
  asked(
    /^(?:vault|bao)$/,
    /^(?:write|kv (?:put|patch|delete|destroy)|token|login|delete|auth|policy|operator)/,
    "credentials.rotate",
  ),
  asked(/^(?:npm|pnpm|yarn)$/, /^(?:token (?:create|revoke|delete)|login|adduser|logout|owner)/, "credentials.rotate"),
  asked(/^(?:docker|podman|helm)$/, /^(?:login|registry login|secret)/, "credentials.rotate"),
  asked(/^heroku$/, /^config:(?:set|unset)|^authorizations/, "credentials.rotate"),
  asked(/^openssl$/, /^(?:gen|req|rand|pkey|rsa|ec |ecparam|passwd|ca )/, "credentials.rotate"),
  asked(/^gpg2?$/, /--(?:full-)?gen(?:erate)?-key|--quick-|--delete-secret|--import/, "credentials.rotate"),
  asked(/^(?:passwd|chpasswd|htpasswd|ssh-keygen|ssh-copy-id|ssh-add|keytool|certbot|mkcert|wg|useradd|usermod)$/, ANY, "credentials.rotate"), // prettier-ignore
  asked(/^(?:alembic)$/, /^(?:upgrade|downgrade|stamp)/, "sql.migration"),
  asked(/^(?:rails|rake|bundle|bin\/rails)$/, /(?:^| )db:\w+/, "sql.migration"),
  asked(/^(?:sequelize|sequelize-cli|knex|mikro-orm|npx|supabase|prisma|drizzle-kit|typeorm)$/, /(?:^| )(?:db[: ]\w+|migrate\S*|migration\S*|push|reset|schema:\w+)(?: |$)/, "sql.migration"), // prettier-ignore
  asked(/^(?:mix)$/, /^ecto\.(?:migrate|rollback|drop|reset|setup)/, "sql.migration"),
  asked(/^dotnet$/, /^ef database/, "sql.migration"),
  asked(/^(?:flyway|liquibase|goose|dbmate|sqitch|node-pg-migrate|golang-migrate|migrate|refinery|atlas|db-migrate|bytebase|sqldef|psqldef)$/, ANY, "sql.migration"), // prettier-ignore
];

export const MAX_WORDS = 2_000;
/** INVARIANT: one way to read each letter: a name with many underscores must not take for ever. */
const MIGRATES = /^(?!test)(?:[a-z0-9_.][a-z0-9_.:-]*[:_.-])?migrat(?:e|es|ion|ions)(?:[:_.-][a-z0-9_.:-]*)?$/i;

export function programHazards(name: string, args: readonly string[]): readonly Hazard[] {
  const words = args.join(" ");
  // Patterns over more than this would take long; nobody writes it by hand.
  if (words.length > MAX_WORDS) return ["shell.unreadable"];
  return [
    ...(UNREADABLE.has(name) ? (["shell.unreadable"] as const) : []),
    ...(DATABASES.has(name) ? (["sql.destructive"] as const) : []),
    ...(MAIL.has(name) ? (["mail.unsolicited"] as const) : []),
    ...ASKED.filter((each) => each.name.test(name) && each.words.test(words)).map(({ hazard }) => hazard),
    // `npm run db:migrate`, `make migrate`, `python manage.py migrate`: whoever runs a thing of that name runs a migration.
    ...(!READERS.has(name) && !FILTERS.has(name) && name !== "git" && args.some((arg) => MIGRATES.test(arg))
      ? (["sql.migration"] as const)
      : []),
  ];
}
