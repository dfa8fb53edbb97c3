-- An event of a crowd stays in its page where it fits, instead of in pieces in a second table with an index. What fits
-- without it is no longer compressed: more room, less time.
alter table journal set (toast_tuple_target = 8160);
