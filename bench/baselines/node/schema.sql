-- The baseline's tables, and the functions of its strongest variants: everything that a checked hold, charge or
-- payment does to the database in one round trip. See ../README.md.

create table concert (
  concert_id       bigint generated always as identity primary key,
  rate_per_second  integer not null,
  burst            integer not null,
  max_active       integer not null,
  capacity         integer not null,
  active_seconds   integer not null default 300
);

create table option (
  option_id           bigint generated always as identity primary key,
  concert_id          bigint not null,
  hold_seconds        integer not null,
  max_seats_per_user  integer not null
);

create table seat (
  option_id   bigint not null,
  seat_id     integer not null,
  row_number  integer not null,
  seat_number integer not null,
  price       bigint not null,
  status      smallint not null default 0,  -- 0 available, 1 held, 2 sold
  version     integer not null default 0,
  user_id     bigint,
  held_until  timestamptz,
  primary key (option_id, seat_id)
) with (fillfactor = 50);  -- room for the next versions of a row beside it, so that its index is left alone

create table reservation (
  reservation_id  bigint generated always as identity primary key,
  option_id       bigint not null,
  user_id         bigint not null,
  seats           integer[] not null,
  amount          bigint not null,
  status          text not null default 'HELD',
  expires_at      timestamptz not null
) with (fillfactor = 70);

-- How many seats of an option a user holds or owns: the cap.
create table holder (
  option_id  bigint not null,
  user_id    bigint not null,
  seats      integer not null,
  primary key (option_id, user_id)
) with (fillfactor = 70);

create table account (
  user_id  bigint primary key,
  balance  bigint not null check (balance >= 0)
) with (fillfactor = 50);

create table charge (
  charge_id  bigint generated always as identity primary key,
  user_id    bigint not null,
  amount     bigint not null,
  balance    bigint not null,
  at         timestamptz not null default now()
);

create table payment (
  payment_id      bigint generated always as identity primary key,
  reservation_id  bigint not null unique,
  user_id         bigint not null,
  amount          bigint not null,
  balance         bigint not null,
  paid_at         timestamptz not null default now()
);

create table idempotency (
  user_id      bigint not null,
  scope        text not null,
  key          text not null,
  fingerprint  text not null,
  answer       bigint[] not null,
  at           timestamptz not null default now(),
  primary key (user_id, scope, key)
);

create type hold_answer as (outcome text, reservation bigint, amount bigint, expires_at timestamptz, seats integer[]);

-- What follows once the seats are taken: cap, reservation, key. Refusing undoes the taking as well.
create function record_hold(p_option bigint, p_seats integer[], p_amount bigint, p_user bigint, p_key text,
    p_print text, p_until timestamptz, p_cap integer)
  returns bigint language plpgsql as $$
declare
  made bigint;
begin
  insert into holder (option_id, user_id, seats) values (p_option, p_user, cardinality(p_seats))
    on conflict (option_id, user_id) do update set seats = holder.seats + excluded.seats
      where holder.seats + excluded.seats <= p_cap;
  if not found or cardinality(p_seats) > p_cap then
    raise exception using errcode = 'FR001', message = 'TOO_MANY_SEATS';
  end if;
  insert into reservation (option_id, user_id, seats, amount, expires_at)
    values (p_option, p_user, p_seats, p_amount, p_until) returning reservation_id into made;
  insert into idempotency (user_id, scope, key, fingerprint, answer)
    values (p_user, 'hold:' || p_option, p_key, p_print, array[made]);
  return made;
end $$;

create function earlier_hold(p_option bigint, p_user bigint, p_key text, p_print text)
  returns hold_answer language sql stable as $$
  select case when i.fingerprint = p_print then row('HELD', r.reservation_id, r.amount, r.expires_at, r.seats)::hold_answer
    else row('IDEMPOTENCY_KEY_REUSED', null, null, null, null)::hold_answer end
  from idempotency i join reservation r on r.reservation_id = i.answer[1]
  where i.user_id = p_user and i.scope = 'hold:' || p_option and i.key = p_key
$$;

-- Conditional update: takes the seats if they are free. With versions: if they are as they were when they were read.
create function hold_seats(p_option bigint, p_seats integer[], p_versions integer[], p_user bigint, p_key text,
    p_print text, p_seconds integer, p_cap integer)
  returns hold_answer language plpgsql as $$
declare
  earlier hold_answer := earlier_hold(p_option, p_user, p_key, p_print);
  until_then timestamptz := now() + make_interval(secs => p_seconds);
  taken integer;
  total bigint;
begin
  if earlier.outcome is not null then
    return earlier;
  end if;
  with got as (
    update seat s set status = 1, user_id = p_user, held_until = until_then, version = s.version + 1
      from unnest(p_seats, p_versions) as want (seat_id, version)
      where s.option_id = p_option and s.seat_id = want.seat_id
        and (s.status = 0 or (s.status = 1 and s.held_until < now()))
        and (want.version is null or want.version = s.version)
      returning s.price)
    select count(*), sum(price) into taken, total from got;
  if taken = 0 then
    return row('SEAT_TAKEN', null, null, null, null)::hold_answer;
  elsif taken < cardinality(p_seats) then
    raise exception using errcode = 'FR002', message = 'SEAT_TAKEN';
  end if;
  return row('HELD', record_hold(p_option, p_seats, total, p_user, p_key, p_print, until_then, p_cap), total,
    until_then, p_seats)::hold_answer;
end $$;

-- The first free seats of the house, one or two neighbours; who is being taken by others is passed over, not waited
-- for.
create function hold_best(p_option bigint, p_count integer, p_user bigint, p_key text, p_print text, p_seconds integer,
    p_cap integer)
  returns hold_answer language plpgsql as $$
declare
  earlier hold_answer := earlier_hold(p_option, p_user, p_key, p_print);
  until_then timestamptz := now() + make_interval(secs => p_seconds);
  chosen integer[];
  total bigint;
begin
  if earlier.outcome is not null then
    return earlier;
  end if;
  if p_count = 1 then
    select array[seat_id], price into chosen, total from seat
      where option_id = p_option and status = 0 order by seat_id limit 1 for update skip locked;
  else
    select array[a.seat_id, b.seat_id], a.price + b.price into chosen, total
      from seat a join seat b on b.option_id = a.option_id and b.seat_id = a.seat_id + 1 and b.row_number = a.row_number
      where a.option_id = p_option and a.status = 0 and b.status = 0
      order by a.seat_id limit 1 for update of a, b skip locked;
  end if;
  if chosen is null then
    return row('NOT_ENOUGH_SEATS', null, null, null, null)::hold_answer;
  end if;
  update seat set status = 1, user_id = p_user, held_until = until_then, version = version + 1
    where option_id = p_option and seat_id = any (chosen);
  return row('HELD', record_hold(p_option, chosen, total, p_user, p_key, p_print, until_then, p_cap), total, until_then,
    chosen)::hold_answer;
end $$;

create type charge_answer as (outcome text, charge bigint, balance bigint);

create function charge_account(p_user bigint, p_amount bigint, p_key text, p_print text)
  returns charge_answer language plpgsql as $$
declare
  earlier idempotency;
  now_there bigint;
  made bigint;
begin
  select * into earlier from idempotency where user_id = p_user and scope = 'charge' and key = p_key;
  if found then
    return case when earlier.fingerprint = p_print then row('CHARGED', earlier.answer[1], earlier.answer[2])::charge_answer
      else row('IDEMPOTENCY_KEY_REUSED', null, null)::charge_answer end;
  end if;
  insert into account (user_id, balance) values (p_user, p_amount)
    on conflict (user_id) do update set balance = account.balance + excluded.balance returning balance into now_there;
  insert into charge (user_id, amount, balance) values (p_user, p_amount, now_there) returning charge_id into made;
  insert into idempotency (user_id, scope, key, fingerprint, answer)
    values (p_user, 'charge', p_key, p_print, array[made, now_there]);
  return row('CHARGED', made, now_there)::charge_answer;
end $$;

create type payment_answer as (outcome text, payment bigint, amount bigint, balance bigint, paid_at timestamptz,
  concert bigint);

create function pay_reservation(p_reservation bigint, p_user bigint, p_key text, p_print text)
  returns payment_answer language plpgsql as $$
declare
  r reservation;
  p payment;
  concert bigint;
  left_over bigint;
begin
  select * into r from reservation where reservation_id = p_reservation and user_id = p_user for update;
  if not found then
    return row('RESERVATION_NOT_FOUND', null, null, null, null, null)::payment_answer;
  end if;
  select concert_id into concert from option where option_id = r.option_id;
  if r.status = 'CONFIRMED' then
    select * into p from payment where reservation_id = p_reservation;
    return row('REPEATED', p.payment_id, p.amount, p.balance, p.paid_at, concert)::payment_answer;
  elsif r.expires_at < now() then
    return row('HOLD_EXPIRED', null, null, null, null, concert)::payment_answer;
  end if;
  update account set balance = balance - r.amount where user_id = p_user and balance >= r.amount
    returning balance into left_over;
  if not found then
    return row('INSUFFICIENT_BALANCE', null, null, null, null, concert)::payment_answer;
  end if;
  update seat set status = 2, version = version + 1 where option_id = r.option_id and seat_id = any (r.seats);
  update reservation set status = 'CONFIRMED' where reservation_id = p_reservation;
  insert into payment (reservation_id, user_id, amount, balance) values (p_reservation, p_user, r.amount, left_over)
    returning * into p;
  insert into idempotency (user_id, scope, key, fingerprint, answer)
    values (p_user, 'pay:' || p_reservation, p_key, p_print, array[p.payment_id]);
  return row('COMPLETED', p.payment_id, p.amount, p.balance, p.paid_at, concert)::payment_answer;
end $$;
