-- Snapshots of a large hall or queue are megabytes of text: lz4 is faster than pglz, for little more room.
alter table snapshot alter column data set compression lz4;
