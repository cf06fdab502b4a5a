import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hazardsOf, spellings, verdictOn } from "../policy/spellings.ts";

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
  it.each(ATTEMPTS)("%j", async (line) => {
    expect(hazardsOf(line)).toContain("credentials.rotate");
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.make_credentials" })]),
    });
  });

  it("in any quoting, in any place of a command line", () => {
    const any = fc.constantFrom(...ATTEMPTS.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(
            hazardsOf(line).filter((seen) => seen === "credentials.rotate" || seen === "shell.unreadable"),
          ).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(HONEST)("and %j is not it", (line) => expect(hazardsOf(line)).not.toContain("credentials.rotate"));
});
