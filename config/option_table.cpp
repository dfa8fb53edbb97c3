// Which keys there are. What they are for stands in settings.hpp.
#include "config/options.hpp"

#include <algorithm>
#include <caf/config_option_adder.hpp>
#include <limits>
#include <thread>

namespace frontrow::config {

namespace {

constexpr std::int64_t any_number = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t port_most = 65'535;

std::string dotted(std::string_view part, std::string_view name) {
  return part == "global" ? std::string{name} : std::string{part} + "." + std::string{name};
}

} // namespace

/// One part of the configuration: puts each key into CAF's options and into those of the help text.
class options::part {
public:
  part(options& owner, std::string_view name) : owner_{owner}, name_{name} {}

  part& number(std::int64_t& value, const char* name, std::int64_t least, std::int64_t most, const char* unit,
               const std::string& what) {
    owner_.ranges_[dotted(name_, name)] = {&value, least, most};
    return add(value, name,
               what + " (" + unit + ", " + std::to_string(least) + " to " + std::to_string(most) +
                   ", default " + std::to_string(value) + ")");
  }

  part& flag(bool& value, const char* name, const std::string& what) {
    return add(value, name, what + " (true or false, default " + (value ? "true" : "false") + ")");
  }

  part& text(std::string& value, const char* name, const std::string& what) {
    return add(value, name, what + " (default " + (value.empty() ? "none" : value) + ")");
  }

  part& one_of(std::string& value, const char* name, std::vector<std::string> allowed,
               const std::string& what) {
    std::string list;
    for (const auto& each : allowed)
      list += (list.empty() ? "" : ", ") + each;
    owner_.choices_[dotted(name_, name)] = {&value, std::move(allowed)};
    return add(value, name, what + " (one of " + list + "; default " + value + ")");
  }

  part& list(std::vector<std::string>& value, const char* name, const std::string& what) {
    return add(value, name, what + " (a list [\"..\", \"..\"], default none)");
  }

private:
  template <class T>
  part& add(T& value, const char* name, const std::string& description) {
    opt_group{owner_.custom_options_, name_}.add(value, name, description);
    opt_group{owner_.own_, name_}.add(value, name, description);
    return *this;
  }

  options& owner_;
  std::string name_;
};

options::options() {
  // Unlimited by default: one busy actor would keep a thread from all others (FACTS: 50 to 300).
  set("scheduler.max-throughput", std::uint64_t{100});
  // CAF starts at least four; on two cores they would only take turns with the I/O and journal threads.
  set("scheduler.max-threads", std::uint64_t{std::max(2u, std::thread::hardware_concurrency())});
  // The default (stealing) polls: an idle worker wakes every 50 us and costs a tenth of a processor, and a message
  // may lie for up to 10 ms. Sharing waits on a condition variable (docs/decisions/0011).
  set("scheduler.policy", caf::atom("sharing"));
  add_general();
  add_journal();
  add_http();
  add_login();
  add_actors();
  add_node();
  add_cluster();
  add_links();
}

void options::add_general() {
  part{*this, "global"}
      .text(values_.data_dir, "data-dir", "folder for the secrets and the private PostgreSQL")
      .flag(values_.demo, "demo", "create a demo concert at the first start");
  part{*this, "log"}
      .one_of(values_.log.level, "level", {"trace", "debug", "info", "warn", "error", "off"},
              "least level written")
      .one_of(values_.log.format, "format", {"text", "json"}, "form of a line")
      .text(values_.log.file, "file", "file to append to instead of standard error");
}

void options::add_journal() {
  auto& journal = values_.journal;
  part{*this, "database"}.text(values_.database.url, "url", "PostgreSQL connection string or URL");
  part{*this, "journal"}
      .list(journal.databases, "databases",
            "connection strings among which shards are spread; none: database.url")
      .number(journal.connections, "connections", 1, 64, "per database",
              "writers, a connection and a thread each")
      .number(journal.max_pending, "max-pending", 1, any_number, "events",
              "accepted and not yet durable at most")
      .number(journal.max_batch, "max-batch", 1, 100'000, "events", "in one statement at most")
      .number(journal.readers, "readers", 1, 64, "connections", "for recovery and history")
      .number(journal.max_reads, "max-reads", 1, any_number, "reads", "waiting for a reader at most")
      .number(journal.max_batch_bytes, "max-batch-bytes", 65'536, 1'073'741'824, "bytes",
              "in one statement at most")
      .number(journal.statement_timeout_ms, "statement-timeout-ms", 1, day_ms, "milliseconds",
              "one statement may take")
      .number(journal.connect_timeout_seconds, "connect-timeout-seconds", 2, 86'400, "seconds",
              "to wait for a database to accept a connection")
      .number(journal.stall_after_ms, "stall-after-ms", 1, day_ms, "milliseconds",
              "of one commit until commands are refused")
      .number(journal.backoff_first_ms, "backoff-first-ms", 1, day_ms, "milliseconds",
              "before dialing a lost database again, at first")
      .number(journal.backoff_last_ms, "backoff-last-ms", 1, day_ms, "milliseconds",
              "before dialing a lost database again, at last");
}

void options::add_http() {
  auto& http = values_.http;
  part{*this, "http"}
      .text(http.address, "address", "address to listen on")
      .number(http.port, "port", 0, port_most, "port, 0 for any free one", "public listener")
      .number(http.threads, "threads", 1, 256, "threads", "for input and output")
      .number(http.max_connections, "max-connections", 1, 1'000'000, "connections", "open at once at most")
      .number(http.listeners_max, "listeners-max", 0, 1'000'000, "streams", "open at once at most")
      .number(http.listeners_per_address_max, "listeners-per-address-max", 0, 1'000'000, "streams",
              "open at once from one address at most")
      .number(http.listener_spread_ms, "listener-spread-ms", 1'000, day_ms, "milliseconds",
              "within which listeners of a stopping front come back elsewhere")
      .number(http.request_timeout_ms, "request-timeout-ms", 1, day_ms, "milliseconds",
              "to receive a request")
      .number(http.idle_timeout_ms, "idle-timeout-ms", 1, day_ms, "milliseconds",
              "of silence between requests")
      .number(http.write_timeout_ms, "write-timeout-ms", 1, day_ms, "milliseconds", "to deliver an answer")
      .number(http.body_bytes_max, "body-bytes-max", 1'024, 16'777'216, "bytes",
              "in a request's body at most")
      .number(http.header_bytes_max, "header-bytes-max", 1'024, 1'048'576, "bytes",
              "in a request's header at most")
      .number(http.ask_timeout_ms, "ask-timeout-ms", 1, day_ms, "milliseconds",
              "to wait for an actor's answer")
      .number(http.drain_timeout_ms, "drain-timeout-ms", 0, day_ms, "milliseconds",
              "to finish what is under way at a stop")
      .flag(http.open_registration, "open-registration", "anyone may register by POST /api/v1/users");
  auto& admin = values_.admin;
  part{*this, "admin"}
      .text(admin.address, "address", "address to listen on")
      .number(admin.port, "port", 0, port_most, "port, 0 for any free one", "operators' listener")
      .number(admin.threads, "threads", 1, 256, "threads", "one per connection served at once");
}

void options::add_login() {
  auto& login = values_.login;
  part{*this, "login"}
      .one_of(login.algorithm, "algorithm", {"HS256", "RS256"}, "signature that access tokens bear")
      .text(login.jwt_secret, "jwt-secret", "secret for HS256; none: the file jwt-secret in the data folder")
      .text(login.public_key_file, "public-key-file", "PEM file with the public key for RS256")
      .number(login.token_seconds, "token-seconds", 1, 31'536'000, "seconds", "life of a token issued here");
  auto& limits = values_.rate_limits;
  part{*this, "rate-limits"}
      .flag(limits.enabled, "enabled", "limit requests by user and by address")
      .number(limits.user_per_second, "user-per-second", 1, any_number, "requests a second", "of one user")
      .number(limits.user_burst, "user-burst", 1, any_number, "requests", "of one user at once")
      .number(limits.address_per_second, "address-per-second", 1, any_number, "requests a second",
              "from one address")
      .number(limits.address_burst, "address-burst", 1, any_number, "requests", "from one address at once")
      .number(limits.table_max, "table-max", 1, 100'000'000, "entries", "remembered per kind at most");
}

void options::add_actors() {
  auto& actors = values_.actors;
  part{*this, "actors"}
      .number(actors.passivate_after_seconds, "passivate-after-seconds", 1, 86'400, "seconds",
              "until an idle account leaves memory")
      .number(actors.snapshot_min_events, "snapshot-min-events", 1, any_number, "events",
              "between two snapshots at least")
      .number(actors.effect_retry_ms, "effect-retry-ms", 1, day_ms, "milliseconds",
              "until an unanswered effect is sent again")
      .number(actors.mailbox_max, "mailbox-max", 1, any_number, "commands", "under way in one actor at most")
      .number(actors.asks_max, "asks-max", 1, any_number, "answers", "that one I/O thread may wait for");
}

void options::add_node() {
  auto& node = values_.node;
  part{*this, "node"}
      .text(node.name, "name", "name for operators; none: node-NUMBER")
      .text(roles_, "roles", "some of front, shards, admin with commas between")
      .number(node.weight, "weight", 1, 1'000, "weight", "share of the shards next to other nodes'")
      .number(node.leave_seconds, "leave-seconds", 1, 86'400, "seconds", "from its last word to its end at most");
}

void options::add_cluster() {
  auto& cluster = values_.cluster;
  part{*this, "cluster"}
      .number(cluster.shards, "shards", 1, 65'536, "shards", "of the cluster, fixed at its birth")
      .text(cluster.name, "name", "name that all nodes of the cluster share")
      .number(cluster.renew_ms, "renew-ms", 10, day_ms, "milliseconds", "between two renewals of the lease")
      .number(cluster.claim_lock_timeout_ms, "claim-lock-timeout-ms", 1, day_ms, "milliseconds",
              "a takeover waits for an old owner's append")
      .number(cluster.lease_ms, "lease-ms", 20, day_ms, "milliseconds", "that a lease is good for")
      .number(cluster.lease_margin_ms, "lease-margin-ms", 0, day_ms, "milliseconds",
              "that its holder takes off the lease")
      .number(cluster.moves_max, "moves-max", 1, 65'536, "shards", "on the move at once at most")
      .number(cluster.warm_patience_ms, "warm-patience-ms", 0, day_ms, "milliseconds",
              "an owner waits for the next one to load a shard")
      .number(cluster.stop_patience_ms, "stop-patience-ms", 0, day_ms, "milliseconds",
              "a stopping shard waits for what is under way")
      .number(cluster.drain_patience_ms, "drain-patience-ms", 0, day_ms, "milliseconds",
              "a node told to stop waits for its shards to move")
      .number(cluster.probe_ms, "probe-ms", 1, day_ms, "milliseconds",
              "to find out whether a node that lost its lock still listens")
      .number(cluster.catalog_spread_ms, "catalog-spread-ms", 0, day_ms, "milliseconds",
              "an operator's change waits for all nodes to show it")
      .number(cluster.hold_back_max, "hold-back-max", 0, any_number, "requests",
              "held back for shards without an owner at most")
      .number(cluster.hold_back_bytes, "hold-back-bytes", 0, 17'179'869'184, "bytes", "held back at most")
      .number(cluster.hold_back_ms, "hold-back-ms", 0, day_ms, "milliseconds", "a request is held back at most")
      .number(cluster.hold_retry_ms, "hold-retry-ms", 1, day_ms, "milliseconds",
              "until a held request is tried again without news");
}

void options::add_links() {
  auto& cluster = values_.cluster;
  part{*this, "cluster"}
      .text(cluster.address, "address", "address to accept links of other nodes on")
      .number(cluster.port, "port", 0, port_most, "port, 0 for any free one", "for links of other nodes")
      .text(cluster.advertise, "advertise", "host or host:port that others dial; none: address and port as bound")
      .number(cluster.link_queue_max, "link-queue-max", 1, any_number, "letters", "waiting for one peer at most")
      .number(cluster.link_window, "link-window", 2, 1'024, "parcels", "unacknowledged on a link at most")
      .number(cluster.link_beat_ms, "link-beat-ms", 1, day_ms, "milliseconds", "between signs of life")
      .number(cluster.link_timeout_ms, "link-timeout-ms", 2, day_ms, "milliseconds",
              "of silence until a peer is dropped")
      .number(cluster.link_connect_ms, "link-connect-ms", 1, day_ms, "milliseconds",
              "the probe of a peer's address may take")
      .flag(cluster.tls, "tls", "links with certificates both ways")
      .text(cluster.tls_certificate, "tls-certificate", "PEM file with this node's certificate")
      .text(cluster.tls_key, "tls-key", "PEM file with its key")
      .text(cluster.tls_ca, "tls-ca", "PEM file with the CA of this cluster alone")
      .flag(cluster.allow_plaintext, "allow-plaintext", "links beyond loopback without TLS");
}

} // namespace frontrow::config
