-- Who takes a suspended client back settles what its people said meanwhile: the same row as the server reads, sealed where it is sealed.
grant select on tickets.ticket to countersign_operator;
grant select on tickets.notice to countersign_operator;
grant update (epoch, closed_at, close_reason) on tickets.ticket to countersign_operator;
