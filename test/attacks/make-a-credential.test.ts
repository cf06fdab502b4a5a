import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

const ATTEMPTS = [
  "ssh-keygen -t ed25519",
  "gh secret set X",
  "gh auth login",
  "gh ssh-key add x",
  "aws iam create-access-key",
  "aws iam update-access-key --status Inactive",
  "aws secretsmanager rotate-secret --secret-id x",
  "aws ssm put-parameter --name x",
  "gcloud iam service-accounts keys create x",
  "az keyvault secret set --name x",
  "az ad sp credential reset",
  "kubectl create secret generic x",
  "kubectl delete secret x",
  "vault kv put secret/x a=b",
  "vault token create",
  "npm token create",
  "npm login",
  "docker login",
  "heroku config:set A=b",
  "openssl genrsa 2048",
  "openssl rand -hex 32",
  "gpg --full-generate-key",
  "passwd",
  "git config credential.helper store",
  "countersign secret set acme X",
  "countersign key create",
];
const HONEST = ["npm ci", "docker ps", "kubectl apply -f deploy.yaml", "openssl version"];

describe("24 making, changing or rotating a credential is RED", () => {
  const floor = redBy("never.make_credentials", "credentials.rotate");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
