/// Journal appends per second by batch size, against one plain INSERT a commit, on a real PostgreSQL.

#include "persistence/cluster_table.hpp"
#include "persistence/database_clock.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/journal_writer.hpp"
#include "persistence/migrate.hpp"
#include "tests/system/postgres_server.hpp"

#include <algorithm>
#include <atomic>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <spdlog/spdlog.h>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace {

using namespace frontrow;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using persistence::version_number;

/// As many as a cluster has by default: how many fence rows a batch locks is part of its cost.
constexpr std::int32_t shards = 256;
/// Accounts charged in turn, so that a batch is of many entities, as in a sale.
constexpr std::int64_t accounts = 1'000;

domain::account::event some_charge(std::int64_t nth) {
  return domain::charged{
      domain::instant{1'700'000'000'000ms}, {static_cast<std::uint64_t>(nth), 7}, 11, 10'000, 10'000 * nth};
}

struct rate {
  double rows = 0; ///< a second
  double rows_a_batch = 0;
  double batch_ms = 0;
};

/// One INSERT a row, each its own commit, on one connection: what a service without a journal writer does.
/// The table is the journal's twin, with its indexes and checks.
rate plain_inserts(const std::string& dsn, std::chrono::milliseconds duration) {
  pqxx::connection connection{dsn};
  connection.prepare(
      "plain", "insert into plain_journal (kind, entity, version, shard, epoch, at, trace_id, type, data) "
               "values ('account', $1, $2, $3, 1, $4, $5, $6, $7)");
  static version_number version = 0;
  const auto begun = clock_type::now();
  std::int64_t rows = 0;
  std::chrono::duration<double> taken{};
  for (; (taken = clock_type::now() - begun) < duration; ++rows) {
    if (rows % accounts == 0)
      ++version;
    const auto row = persistence::row_of(some_charge(rows), "trace");
    pqxx::nontransaction transaction{connection};
    transaction.exec_prepared0("plain", rows % accounts + 1, version, rows % shards,
                               row.at.time_since_epoch().count(), row.trace_id, row.type, row.data);
  }
  const auto a_second = static_cast<double>(rows) / taken.count();
  return {a_second, 1, 1e3 / a_second};
}

/// Failures end the measurement: they would be mistaken for speed.
class listener final : public persistence::append_listener {
public:
  void durable(persistence::entity_ref, version_number) override {}
  void failed(persistence::entity_ref, persistence::append_failure) override { failures_.fetch_add(1); }
  int failures() const { return failures_.load(); }

private:
  std::atomic<int> failures_{0};
};

/// How many rows may be on their way at once.
class window {
public:
  explicit window(std::size_t rows_max) : rows_max_(rows_max) {}
  void enter() {
    std::unique_lock lock{mutex_};
    room_.wait(lock, [&] { return rows_ < rows_max_; });
    ++rows_;
  }
  void leave(std::size_t rows) {
    {
      const std::lock_guard lock{mutex_};
      rows_ -= rows;
    }
    room_.notify_one();
  }

private:
  std::size_t rows_max_;
  std::size_t rows_ = 0;
  std::mutex mutex_;
  std::condition_variable room_;
};

class journal {
public:
  explicit journal(std::string dsn) : dsn_(std::move(dsn)), table_(table_config(), clock_) {
    const auto number = table_.join({.incarnation = incarnation_, .name = "bench", .address = "", .roles = "shards"});
    if (!number)
      throw std::runtime_error(number.error().detail);
    std::vector<persistence::shard_number> all;
    std::vector<std::pair<persistence::shard_number, persistence::node_number>> wishes;
    for (persistence::shard_number shard = 0; shard < shards; ++shard) {
      all.push_back(shard);
      wishes.emplace_back(shard, *number);
    }
    if (const auto wanted = table_.want(wishes); !wanted)
      throw std::runtime_error(wanted.error().detail);
    const auto claimed = table_.claim(all);
    if (!claimed || claimed->size() != all.size())
      throw std::runtime_error(claimed ? "another node owns shards" : claimed.error().detail);
    for (const auto& shard : *claimed)
      epochs_.push_back(shard.epoch);
  }
  ~journal() { table_.leave(); }
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  /// Keeps `rows_waiting` rows on their way, so that batches have `batch_max` rows as soon as it is more than
  /// twice as many.
  rate append(std::size_t connections, std::size_t batch_max, std::size_t rows_waiting,
              std::chrono::milliseconds duration) {
    persistence::journal_writer_config config;
    config.databases = {{dsn_}};
    config.incarnation = incarnation_;
    config.connections = connections;
    config.max_batch = batch_max;
    window on_their_way{rows_waiting};
    std::atomic<std::uint64_t> rows{0}, batches{0}, nanoseconds{0};
    config.on_batch = [&](const persistence::batch_observation& batch) {
      rows += batch.rows;
      ++batches;
      nanoseconds += static_cast<std::uint64_t>(batch.commit.count());
      on_their_way.leave(batch.rows);
    };
    const auto told = std::make_shared<listener>();
    persistence::journal_writer writer{config};
    auto streams = open_streams(writer, told);
    while (!writer.available())
      std::this_thread::yield();
    const auto begun = clock_type::now();
    for (std::int64_t nth = 0; clock_type::now() - begun < duration; ++nth) {
      on_their_way.enter();
      auto& stream = streams[static_cast<std::size_t>(nth % accounts)];
      stream.submit(stream.version() + 1, {persistence::row_of(some_charge(nth), "trace")});
    }
    writer.stop(60s);
    const std::chrono::duration<double> taken = clock_type::now() - begun;
    if (told->failures() > 0)
      throw std::runtime_error("appends failed");
    const auto all = static_cast<double>(rows.load()), statements = static_cast<double>(batches.load());
    return {all / taken.count(), all / statements,
            static_cast<double>(nanoseconds.load()) / statements / 1e6};
  }

private:
  persistence::cluster_table_config table_config() {
    persistence::cluster_table_config config;
    config.databases = {{dsn_}};
    config.shard_count = shards;
    return config;
  }

  /// New accounts for each measurement: their events begin with version 1.
  std::vector<persistence::append_stream> open_streams(persistence::journal_writer& writer,
                                                       const std::shared_ptr<listener>& told) {
    std::vector<persistence::append_stream> streams;
    for (std::int64_t i = 0; i < accounts; ++i) {
      const auto shard = static_cast<std::int32_t>(i % shards);
      const persistence::entity_address address{{persistence::entity_kind::account, ++last_account_}, shard};
      streams.push_back(writer.open(address, epochs_[static_cast<std::size_t>(shard)], 0, told));
    }
    return streams;
  }

  std::string dsn_;
  std::string incarnation_ = boost::uuids::to_string(boost::uuids::random_generator{}());
  persistence::database_clock clock_;
  persistence::cluster_table table_;
  std::vector<persistence::epoch_number> epochs_;
  std::int64_t last_account_ = 0;
};

struct measured {
  std::string name;
  std::function<rate(std::chrono::milliseconds)> measure;
  std::vector<rate> rounds{};
};

/// The round in the middle by its rows.
rate median(std::vector<rate> rounds) {
  std::sort(rounds.begin(), rounds.end(),
            [](const rate& left, const rate& right) { return left.rows < right.rows; });
  return rounds[rounds.size() / 2];
}

void print(const std::vector<measured>& all) {
  const auto baseline = median(all.front().rounds).rows;
  std::printf("%-46s %10s %9s %12s %9s %21s\n", "journal, median of the rounds", "rows/s", "ratio",
              "rows/commit", "ms/commit", "rows/s, least to most");
  for (const auto& each : all) {
    const auto middle = median(each.rounds);
    const auto [least, most] =
        std::minmax_element(each.rounds.begin(), each.rounds.end(),
                            [](const rate& left, const rate& right) { return left.rows < right.rows; });
    std::printf("%-46s %10.0f %8.2fx %12.1f %9.2f %10.0f %10.0f\n", each.name.c_str(), middle.rows,
                middle.rows / baseline, middle.rows_a_batch, middle.batch_ms, least->rows, most->rows);
  }
}

} // namespace

int main(int argc, char** argv) try {
  const bool quick = argc > 1 && std::string_view{argv[1]} == "--quick";
  if (argc > 2 || (argc == 2 && !quick)) {
    std::fprintf(stderr, "usage: bench_journal [--quick]\n");
    return 2;
  }
  const auto duration = quick ? 500ms : 3'000ms;
  const int rounds = quick ? 1 : 3;
  spdlog::set_level(spdlog::level::warn);
  auto& server = test::postgres_server::of_this_program();
  const auto dsn = server.create_database();
  if (const auto migrated = persistence::migrate(dsn); !migrated)
    throw std::runtime_error(migrated.error().detail);
  server.query(dsn, "create table plain_journal (like journal including all)");
  journal writer{dsn};

  std::vector<measured> all;
  all.push_back(
      {"plain INSERT, one row a commit (baseline)", [&](auto time) { return plain_inserts(dsn, time); }});
  for (const std::size_t batch : {1u, 20u, 200u, 1'000u})
    all.push_back({"fenced append, batches of " + std::to_string(batch),
                   [&writer, batch](auto time) { return writer.append(1, batch, 2 * batch, time); }});
  all.push_back({"as the program runs it: 2 writers, 256 waiting",
                 [&](auto time) { return writer.append(2, 1'000, 256, time); }});
  all.push_back({"as the program runs it: 2 writers, 10,000 waiting",
                 [&](auto time) { return writer.append(2, 1'000, 10'000, time); }});
  for (int round = 0; round < rounds; ++round)
    for (auto& each : all)
      each.rounds.push_back(each.measure(duration));
  print(all);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_journal: %s\n", error.what());
  return 1;
}
