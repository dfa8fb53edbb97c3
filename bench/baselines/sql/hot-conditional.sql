update seat set status = 1, user_id = :client_id, held_until = now() + interval '5 min' where nth = 0 and status = 0;
