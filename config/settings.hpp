#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace frontrow::config {

/// Every setting of a node, with its default. Names are those of the configuration file with dashes for
/// underscores (`http.body_bytes_max` is `body-bytes-max` in the part `http`); the unit stands last in a
/// name. Ranges are checked by `options::read`, so whoever gets a `settings` may rely on them. Plain values:
/// copy them, hand them to threads, keep them. Nothing here knows CAF, SQL or HTTP.

/// Where the rules are kept.
struct database_settings {
  /// libpq connection string or URL of the database with the catalog and the cluster's tables. Several hosts
  /// (`host=a,b target_session_attrs=read-write`) survive a failover. Empty: none given.
  std::string url;
};

struct journal_settings {
  /// Databases among which the shards' journals are spread (shard modulo their number). Empty: `database.url`
  /// alone. Order and number belong to the cluster: changing them later loses shards their journals.
  std::vector<std::string> databases;
  /// Writers, each one connection and one thread, per database. One gathers what arrives while it commits;
  /// more make batches smaller, and commits more (decision 28). Worth it where PostgreSQL has processors to
  /// spare.
  std::int64_t connections = 1;
  /// Events accepted but not yet durable, over all writers. Past it commands get 503. At 50,000 rows/s, which
  /// one connection reaches, 20,000 are 0.4 s of waiting: longer than that a client should rather ask again.
  std::int64_t max_pending = 20'000;
  /// Events in one statement. Beyond 1,000 rows/s no longer rise, only the time a commit takes.
  std::int64_t max_batch = 1'000;
  /// Connections that read (recovery, pages of history, the administration), each with a thread.
  std::int64_t readers = 2;
  /// Reads waiting for a reader. Past it they are refused: a start with 100,000 open holds recovers in
  /// rounds.
  std::int64_t max_reads = 10'000;
  /// Bytes of data in one statement, so that one statement's memory stays in hand.
  std::int64_t max_batch_bytes = 8'388'608;
  /// How long one statement may run before the server gives up on it; a batch takes milliseconds.
  std::int64_t statement_timeout_ms = 10'000;
  /// How long to wait for the database to accept a connection (libpq counts whole seconds, two at least).
  std::int64_t connect_timeout_seconds = 3;
  /// A commit under way for longer than this makes the door say 503: its database hangs.
  std::int64_t stall_after_ms = 3'000;
  /// Pause before dialing a lost database again: doubled from the first to the last, so that a short restart
  /// is soon over and a long outage costs nothing.
  std::int64_t backoff_first_ms = 20;
  std::int64_t backoff_last_ms = 1'000;
};

/// The public listener.
struct http_settings {
  /// Loopback until told otherwise: a node that nobody configured must not sell to the world.
  std::string address = "127.0.0.1";
  /// 0 takes any free port; the line `ready …` names it.
  std::int64_t port = 8080;
  /// I/O threads. One serves 80,000 requests/s, more than the actors behind it decide on two cores.
  std::int64_t threads = 1;
  /// Connections open at once. A waiting room polls over connections that it keeps; an idle one costs 1 KB
  /// here and 2 to 3 KB in the kernel.
  std::int64_t max_connections = 30'000;
  /// Streams open at once (docs/live.md), all of them and those of one address: each is a connection, so that
  /// `max_connections` must leave room for requests. 5 KB each here, 3 to 20 KB in the kernel. Past either a
  /// client is told to poll. One address may be a campus or a carrier.
  std::int64_t listeners_max = 20'000;
  std::int64_t listeners_per_address_max = 5'000;
  /// A stopping front sends its listeners elsewhere within this time, each after one of its own: 20,000 in 5 s
  /// are 4,000 a second, which the other fronts take beside their work.
  std::int64_t listener_spread_ms = 5'000;
  /// From the first byte of a request to its last. A phone on a bad network needs seconds for 64 KiB; a
  /// client that sends a byte a second is cut off here.
  std::int64_t request_timeout_ms = 10'000;
  /// Silence allowed between requests: longer than the longest `pollAfterMs`.
  std::int64_t idle_timeout_ms = 75'000;
  /// How long a client may take to accept an answer: a seat list of 1 MB at 270 kbit/s.
  std::int64_t write_timeout_ms = 30'000;
  /// The contract's 64 KiB and 8 KiB.
  std::int64_t body_bytes_max = 65'536;
  std::int64_t header_bytes_max = 8'192;
  /// How long a route waits for an actor. Beyond it 503: the outcome is unknown, ask again with the same key.
  std::int64_t ask_timeout_ms = 5'000;
  /// How long requests under way may go on after a stop was asked for.
  std::int64_t drain_timeout_ms = 10'000;
  /// Whether `POST /api/v1/users` issues tokens. Off when the operator has a login of its own.
  bool open_registration = true;
};

/// The operators' listener.
struct admin_settings {
  std::string address = "127.0.0.1";
  std::int64_t port = 8081;
  /// Each serves one connection at a time, and a scraper keeps one open for ever.
  std::int64_t threads = 8;
};

/// Access tokens.
struct login_settings {
  /// `HS256` with the secret, or `RS256` with the public key of the operator's own login.
  std::string algorithm = "HS256";
  /// Empty: the file `jwt-secret` in the data folder. On a command line it is visible to all who may list
  /// processes; prefer the environment or the file.
  std::string jwt_secret;
  /// PEM, for RS256.
  std::string public_key_file;
  /// Life of a token that this system issues: a day, so that a sale outlives no token.
  std::int64_t token_seconds = 86'400;
};

/// Token buckets: `per_second` refills, `burst` is the most that can be saved up.
struct rate_limit_settings {
  bool enabled = true;
  /// A page makes a few requests a second; a hasty person, or a page that retries after an outage, sends many at once.
  std::int64_t user_per_second = 50;
  std::int64_t user_burst = 500;
  /// Many people share one address behind a carrier's translator.
  std::int64_t address_per_second = 1'000;
  std::int64_t address_burst = 4'000;
  /// Buckets kept for each of the two kinds, the least recently used leaving first: about 100 bytes each.
  std::int64_t table_max = 200'000;
};

struct actor_settings {
  /// An account idle this long leaves memory; it is back within a read of the journal. A crowd of 10,000
  /// users a second leaves 100,000 accounts (some 500 MB, bench/run memory) in memory at a time.
  std::int64_t passivate_after_seconds = 10;
  /// No snapshot before this many events, however small the state: a snapshot costs about 20 rows.
  std::int64_t snapshot_min_events = 100;
  /// How long until an effect without an answer (a debit, a refund, a token to finish) is sent again.
  std::int64_t effect_retry_ms = 1'000;
  /// Commands under way in one actor. Past it they get 503: nothing in CAF pushes back by itself. Enough for
  /// a whole hall after one option at once, at some 1 KB each.
  std::int64_t mailbox_max = 20'000;
  /// Answers that one I/O thread may wait for. Past it 503: more than the connections of a full listener, a
  /// few asks each, means that the actors do not keep up.
  std::int64_t asks_max = 100'000;
};

/// This process's place in the cluster.
struct node_settings {
  /// What operators read. Empty: `node-` and the number that the database gives it.
  std::string name;
  /// Some of `front` (opens the public listener, routes), `shards` (owns shards), `admin` (opens the operators'
  /// listener), in this order; `front` or `shards` at least. The file and the command line name them in one text
  /// with commas: `front,admin`.
  std::vector<std::string> roles{"front", "shards", "admin"};
  /// Its share of the shards: a node of weight 2 gets twice those of one of weight 1.
  std::int64_t weight = 1;
  /// How long a node that is done may still take to be gone: all of ours is over and written by then, but CAF may
  /// wait without end for bytes to reach a frozen node.
  std::int64_t leave_seconds = 5;

  bool has_role(std::string_view role) const {
    return std::find(roles.begin(), roles.end(), role) != roles.end();
  }
};

struct cluster_settings {
  /// Fixed when the cluster is born; another number is refused by the database's own record.
  std::int64_t shards = 256;
  /// Nodes of another name are not talked to.
  std::string name = "frontrow";
  /// Between two renewals of the lease, and between two looks at the tables: five fit into a lease, so that a
  /// lost one or a slow commit costs nothing. Two small statements a second and node. Measures the database's
  /// clock as well.
  std::int64_t renew_ms = 500;
  /// How long a lease is good for by the database's clock: a frozen node's shards stand still this long. Shorter,
  /// and a hiccup of the database or a full disk takes every shard from every node at once.
  std::int64_t lease_ms = 3'000;
  /// Taken off the lease by its holder: for the way to the database and back, and clocks that run at different
  /// speeds (500 ms in 3 s is far beyond any quartz).
  std::int64_t lease_margin_ms = 500;
  /// Shards with a living owner that are on the move at once. Each pauses its own clients for a moment; eight
  /// let 256 shards move within seconds and leave the rest alone.
  std::int64_t moves_max = 8;
  /// How long the owner waits for the next one to have loaded a shard; then it stops all the same, and the next
  /// one loads with the clients waiting.
  std::int64_t warm_patience_ms = 5'000;
  /// How long a stopping shard waits for what is under way in it; then it lets go, and the askers ask again.
  std::int64_t stop_patience_ms = 2'000;
  /// How long a node that was told to stop waits for its shards to move: 256 of them, eight at a time, 0.5 s each
  /// on a busy machine. Past it, it leaves with the rest, and they are claimed anew.
  std::int64_t drain_patience_ms = 20'000;
  /// How long the leader's look at whether a node that lost its lock still listens may take: a few times the way
  /// there and back. No answer in it is no evidence, and the node has until its lease lapses.
  std::int64_t probe_ms = 300;
  /// How long the answer to an operator's change of a concert waits for all nodes to show it. Nodes are told at once;
  /// one that is busy for longer than this shows it a little later.
  std::int64_t catalog_spread_ms = 1'000;
  /// Requests held back on one node while their shard has no owner: number, bytes, time. Past any of them 503.
  /// 20,000 are a second of the most that a node serves; longer than 4 s nobody looks at a page that hangs.
  std::int64_t hold_back_max = 20'000;
  std::int64_t hold_back_bytes = 67'108'864;
  std::int64_t hold_back_ms = 4'000;
  /// Until a request that is held back is tried again without any news: news may be lost.
  std::int64_t hold_retry_ms = 50;
  /// Where links from other nodes are accepted. Loopback until told otherwise.
  std::string address = "127.0.0.1";
  /// 0 takes any free port; the node's row in the database names it.
  std::int64_t port = 0;
  /// What others dial: host, or host:port, where it differs from address and port as bound.
  std::string advertise;
  /// Letters that wait for one peer: half a second of the most that a link carries. Past it the peer is too slow,
  /// and those who ask are told so.
  std::int64_t link_queue_max = 50'000;
  /// Parcels on a link that are not acknowledged yet: one is read while the next is on the way. More make each smaller,
  /// and a request dearer: bench/README.md has figures.
  std::int64_t link_window = 2;
  /// Between two signs of life on a silent link.
  std::int64_t link_beat_ms = 250;
  /// Silence after which a peer is dropped: eight beats.
  std::int64_t link_timeout_ms = 2'000;
  /// How long the probe of a peer's address may take, which comes before CAF's own, blocking connect.
  std::int64_t link_connect_ms = 1'000;
  /// TLS with certificates both ways between nodes; PEM files. Whoever the CA has signed is let in, so it must be
  /// a CA of this cluster alone (scripts/certificates makes one to try with).
  bool tls = false;
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_ca;
  /// Links beyond loopback without TLS: for a network to which nobody else has access.
  bool allow_plaintext = false;
  /// How long a takeover waits for an append of the old owner before it ends that node's connections. It may wait
  /// twice and half a second for the connections to end, and still has to renew its own lease in time.
  std::int64_t claim_lock_timeout_ms = 500;
};

struct log_settings {
  /// `trace`, `debug`, `info`, `warn`, `error` or `off`.
  std::string level = "info";
  /// `text` for people, `json` (one object a line) for collectors.
  std::string format = "text";
  /// Empty: standard error.
  std::string file;
};

struct settings {
  /// Folder for secrets and for the private PostgreSQL of scripts/run. Relative to the working folder.
  std::string data_dir = "var";
  /// Whether the first start creates a concert to try things on.
  bool demo = true;
  database_settings database;
  journal_settings journal;
  http_settings http;
  admin_settings admin;
  login_settings login;
  rate_limit_settings rate_limits;
  actor_settings actors;
  node_settings node;
  cluster_settings cluster;
  log_settings log;
};

} // namespace frontrow::config
