\set seat :client_id + :clients * :nth
\set nth :nth + 1
update seat set status = 1, user_id = 1, held_until = now() + interval '5 min' where nth = :seat and status = 0;
