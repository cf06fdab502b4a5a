-- Whether anything of a client is left is looked for in every text there is: also in the names of people who have not chosen a client yet.
grant select (login) on identity.choice to countersign_auditor;
