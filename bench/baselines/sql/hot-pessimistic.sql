begin;
select status from seat where nth = 0 for update \gset
\if :status = 0
update seat set status = 1, user_id = :client_id, held_until = now() + interval '5 min' where nth = 0;
\endif
commit;
