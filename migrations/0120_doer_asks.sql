-- What the doer asks of other rooms at the moment of executing, with its own eyes: whether the people's yes still stands. Columns by name:
-- nothing of what they were shown, and nobody's name.
grant usage on schema approvals, identity to countersign_doer;
grant select (tenant_id, approval_id, call_id, agent_id, requester_id, digest, policy_set, head_sha, quorum, epoch, state, decided_at, used_at)
  on approvals.approval to countersign_doer;
grant select (tenant_id, approval_id, person_id, answer) on approvals.answer to countersign_doer;
grant execute on function approvals.own_epoch() to countersign_doer;
grant select (tenant_id, person_id, github_user, roles, removed_at) on identity.person to countersign_doer;
grant select (tenant_id, agent_id, requester) on identity.agent to countersign_doer;
