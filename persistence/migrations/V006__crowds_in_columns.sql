-- No table changes; but programs that do not know of places_taken_together refuse a database at this version.
comment on column journal.data is 'as in persistence/event_format.md; crowds as places_taken_together since version 6';
