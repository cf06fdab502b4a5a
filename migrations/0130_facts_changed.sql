-- Planned again at the click: what was found about a request is not what it was when it was asked.

alter table approvals.approval drop constraint approval_cause_check;
alter table approvals.approval add constraint approval_cause_check check (cause in ('superseded', 'head_moved', 'client_suspended',
  'rules_changed', 'arguments_changed', 'facts_changed', 'approver_changed', 'not_used', 'stopped', 'pull_request_closed'));
