#pragma once

#include "persistence/journal_reader.hpp"
#include "persistence/journal_writer.hpp"
#include "tests/persistence/private_postgres.hpp"

#include <map>
#include <mutex>
#include <optional>

namespace frontrow::persistence {

/// What the writer told, by entity.
class recorder : public append_listener {
public:
  void durable(entity_ref entity, version_number through) override {
    const std::lock_guard lock{mutex_};
    ++calls_;
    through_[entity] = through;
  }
  void failed(entity_ref entity, append_failure reason) override {
    const std::lock_guard lock{mutex_};
    ++failures_told_;
    failed_[entity] = reason;
  }
  version_number through(entity_ref entity) const {
    const std::lock_guard lock{mutex_};
    const auto found = through_.find(entity);
    return found == through_.end() ? 0 : found->second;
  }
  std::optional<append_failure> failure(entity_ref entity) const {
    const std::lock_guard lock{mutex_};
    const auto found = failed_.find(entity);
    return found == failed_.end() ? std::nullopt : std::optional{found->second};
  }
  std::size_t durable_calls() const {
    const std::lock_guard lock{mutex_};
    return calls_;
  }
  std::size_t failures_told() const {
    const std::lock_guard lock{mutex_};
    return failures_told_;
  }

private:
  mutable std::mutex mutex_;
  std::map<entity_ref, version_number> through_;
  std::map<entity_ref, append_failure> failed_;
  std::size_t calls_ = 0;
  std::size_t failures_told_ = 0;
};

inline entity_ref account(std::int64_t id) {
  return {entity_kind::account, id};
}
inline entity_ref seat_map(std::int64_t id) {
  return {entity_kind::seat_map, id};
}

inline event_row event(std::string data = R"({"amount": 1})") {
  return {.type = "charged",
          .data = std::move(data),
          .at = instant{std::chrono::milliseconds{1'700'000'000'123}},
          .trace_id = "trace-1",
          .party = {}};
}

inline std::vector<event_row> events(std::size_t count) {
  return std::vector<event_row>(count, event());
}

inline constexpr auto incarnation_one = "11111111-1111-4111-8111-111111111111";
inline constexpr auto incarnation_two = "22222222-2222-4222-8222-222222222222";

/// One connection, so that everything goes through one writer, and short waits.
inline journal_writer_config writer_config(const std::string& dsn) {
  journal_writer_config config;
  config.databases.dsns = {dsn};
  config.incarnation = incarnation_one;
  config.connections = 1;
  config.backoff_first = std::chrono::milliseconds{5};
  config.backoff_last = std::chrono::milliseconds{50};
  return config;
}

/// A statement of the writer waits for a lock.
inline bool writer_waits(const std::string& dsn) {
  return sql(dsn, "select count(*) from pg_stat_activity where application_name = 'frontrow_writer' "
                  "and datname = current_database() and wait_event_type = 'Lock'") != "0";
}

/// Keeps the journal from being written to while it lives, so that what is submitted meanwhile gathers.
class closed_journal {
public:
  explicit closed_journal(const std::string& dsn) : session_(dsn) {
    session_("begin");
    session_("lock table journal in exclusive mode");
  }
  void open() { session_("commit"); }

private:
  sql_session session_;
};

/// What the reader told of one entity.
class history : public history_consumer {
public:
  void snapshot(const snapshot_row& row) override { snapshot_ = row; }
  void events(std::span<const stored_event> page) override {
    largest_page_ = std::max(largest_page_, page.size());
    events_.insert(events_.end(), page.begin(), page.end());
  }
  void loaded(version_number version) override {
    version_ = version;
    ended_ = true;
  }
  void failed(database_failure reason) override {
    failure_ = reason;
    ended_ = true;
  }

  // Read them after the end.
  void wait() const {
    wait_until("a load to end", [this] { return ended_.load(); });
  }
  std::optional<snapshot_row> snapshot_;
  std::vector<stored_event> events_;
  std::size_t largest_page_ = 0;
  version_number version_ = -1;
  std::optional<database_failure> failure_;
  std::atomic<bool> ended_{false};
};

} // namespace frontrow::persistence
