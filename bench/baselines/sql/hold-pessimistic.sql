\set seat :client_id + :clients * :nth
\set nth :nth + 1
begin;
select status from seat where nth = :seat for update;
update seat set status = 1, user_id = 1, held_until = now() + interval '5 min' where nth = :seat;
commit;
