#include "persistence/shard_table.hpp"

#include "persistence/link.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace frontrow::persistence {

namespace {

using detail::array_literal;
using detail::number_in;

constexpr auto now_milliseconds = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

constexpr auto insert_cluster =
    "insert into cluster (name, shard_count, database_index, database_count, born_at) "
    "values ($1, $2, $3, $4, (extract(epoch from clock_timestamp()) * 1000)::bigint) on conflict do nothing";
constexpr auto insert_shards = "insert into shard (shard) select s from generate_series(0, $1::int - 1) s "
                               "where s % $2::int = $3::int on conflict do nothing";
constexpr auto has_tables = "select to_regclass('cluster') is not null";
constexpr auto read_cluster = "select name, shard_count, database_index, database_count from cluster";

// "Frontrow". Of this database, whoever holds it is alive.
constexpr auto try_lock = "select pg_try_advisory_lock(5076242250190712695)";
constexpr auto unlock = "select pg_advisory_unlock(5076242250190712695)";

const std::string insert_node = std::string{"insert into node (id, name, address, roles, started_at, heartbeat) "
                                            "values ($1::uuid, $2, $3, $4, "} +
                                now_milliseconds + ", " + now_milliseconds +
                                ") on conflict (id) do update set heartbeat = excluded.heartbeat, left_at = null";
const std::string beat = std::string{"update node set heartbeat = "} + now_milliseconds + " where id = $1::uuid";
const std::string mark_left = std::string{"update node set left_at = "} + now_milliseconds + " where id = $1::uuid";

constexpr auto lock_shards = "select shard from shard order by shard for update";
constexpr auto raise_epochs = "update shard set epoch = epoch + 1, owner = $1::uuid, wanted = null, state = 'owned' "
                              "returning shard, epoch";
constexpr auto read_own = "select shard, epoch from shard where owner = $1::uuid";
// Those of the incarnations that the shards are being taken from.
constexpr auto read_old_backends =
    "select a.pid, a.backend_start::text from backend b join pg_stat_activity a "
    "on a.pid = b.pid and a.backend_start = b.backend_start where b.incarnation in (select owner from shard where owner <> $1::uuid)";
constexpr auto read_shards = "select shard, epoch, coalesce(owner::text, ''), coalesce(wanted::text, ''), state "
                             "from shard order by shard";

constexpr std::chrono::milliseconds poll{10};
constexpr int claim_attempts = 3;

/// Asks until it is so or the time is over. This runs on a thread of its own, never on an actor's.
template <class Condition>
bool wait_for(std::chrono::milliseconds time, Condition holds) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    std::this_thread::sleep_for(poll);
  }
  return true;
}

bool by_shard(const owned_shard& left, const owned_shard& right) {
  return left.shard < right.shard;
}

std::vector<owned_shard> owned_in(const pqxx::result& rows) {
  std::vector<owned_shard> shards;
  for (const auto& row : rows)
    shards.push_back({static_cast<shard_number>(number_in(row[0])), number_in(row[1])});
  std::sort(shards.begin(), shards.end(), by_shard);
  return shards;
}

} // namespace

shard_table::shard_table(shard_table_config config, database_clock& clock)
    : config_(std::move(config)), clock_(&clock), locks_(config_.databases.dsns.size()) {
  auto settings = config_.session;
  settings.application_name = "frontrow_node";
  for (const auto& dsn : config_.databases.dsns)
    sessions_.emplace_back(dsn, settings);
}

ownership_error shard_table::as_error(std::size_t database, database_failure failure, const std::string& during) {
  return {failure == database_failure::rejected ? ownership_failure::rejected : ownership_failure::away,
          during + " in database " + std::to_string(database) + ": " +
              sessions_[database].link().last_message()};
}

outcome<done, ownership_error> shard_table::join() {
  for (std::size_t database = 0; database < sessions_.size(); ++database)
    if (auto there = found(database); !there)
      return there;
  if (auto measured = measure_clock(); !measured)
    return measured;
  for (std::size_t database = 0; database < sessions_.size(); ++database)
    if (auto locked = take_lock(database); !locked)
      return locked;
  return register_node();
}

outcome<done, ownership_error> shard_table::found(std::size_t database) {
  const auto count = static_cast<std::int32_t>(sessions_.size());
  const auto index = static_cast<std::int32_t>(database);
  const auto born = sessions_[database].link().write([&](pqxx::work& transaction) {
    if (!transaction.exec1(has_tables)[0].as<bool>())
      return "database " + std::to_string(index) + " lacks Frontrow's tables: run frontrow migrate first";
    transaction.exec_params0(insert_cluster, config_.cluster, config_.shard_count, index, count);
    const auto row = transaction.exec1(read_cluster);
    const bool same = row[0].c_str() == config_.cluster && number_in(row[1]) == config_.shard_count &&
                      number_in(row[2]) == index && number_in(row[3]) == count;
    if (same)
      transaction.exec_params0(insert_shards, config_.shard_count, count, index);
    return same ? std::string{}
                : "database " + std::to_string(index) + " was born for cluster '" + row[0].c_str() + "' with " +
                      row[1].c_str() + " shards, as number " + row[2].c_str() + " of " + row[3].c_str() + " databases";
  });
  if (!born)
    return as_error(database, born.error(), "founding the cluster");
  if (!born->empty())
    return ownership_error{ownership_failure::other_cluster, *born};
  return done{};
}

outcome<done, ownership_error> shard_table::measure_clock() {
  // Its own statement, so that nothing but the round trip lies between the two readings.
  const auto measured = sessions_.front().link().read([&](pqxx::nontransaction& transaction) {
    const auto before = clock_->monotonic();
    const auto row = transaction.exec1("select (extract(epoch from clock_timestamp()) * 1000000)::bigint");
    const auto after = clock_->monotonic();
    clock_->measured(before, std::chrono::sys_time<std::chrono::microseconds>{std::chrono::microseconds{number_in(row[0])}},
                     after);
    return done{};
  });
  if (!measured)
    return as_error(0, measured.error(), "reading the clock");
  return done{};
}

outcome<done, ownership_error> shard_table::end_own_ghost(std::size_t database) {
  // The server may not know yet that our last connection is lost, and keep our own lock from us.
  auto& lock = locks_[database];
  if (lock.pid == 0)
    return done{};
  const detail::backend_id ghost{lock.pid, lock.started};
  auto& link = sessions_[database].link();
  bool gone = false;
  bool reached = true;
  wait_for(config_.backend_exit_wait, [&] {
    const auto ended = link.read([&](pqxx::nontransaction&) { return done{}; }); // opens
    reached = static_cast<bool>(ended);
    try {
      gone = reached && detail::end_backend(link.connection(), ghost);
    } catch (const std::exception&) {
      reached = false;
    }
    return gone || !reached;
  });
  if (!reached || !gone)
    return as_error(database, database_failure::away, "ending a lost connection's backend");
  lock = {};
  return done{};
}

outcome<done, ownership_error> shard_table::take_lock(std::size_t database) {
  if (auto ended = end_own_ghost(database); !ended)
    return ended;
  auto& link = sessions_[database].link();
  try {
    // Known before it can hold the lock: should this connection be lost too, it can be ended.
    const auto backend = detail::register_backend(link.connection(), config_.incarnation);
    locks_[database] = {0, backend.pid, backend.started};
  } catch (const std::exception& error) {
    link.close();
    return ownership_error{ownership_failure::away, "registering a backend: " + detail::first_line(error)};
  }
  const auto connection = link.generation();
  std::optional<database_failure> failure;
  const bool mine = wait_for(config_.alive_wait, [&] {
    const auto got = link.read([](pqxx::nontransaction& transaction) {
      return std::string_view{transaction.exec1(try_lock)[0].c_str()} == "t";
    });
    failure = got ? std::nullopt : std::optional{got.error()};
    return failure || *got;
  });
  if (failure)
    return as_error(database, *failure, "taking the lock");
  if (!mine)
    return ownership_error{ownership_failure::another_is_alive,
                           "another node is running on database " + std::to_string(database)};
  if (link.generation() != connection)
    return ownership_error{ownership_failure::away, "the connection was lost while taking the lock"};
  locks_[database].connection = connection;
  return done{};
}

bool shard_table::holds_lock(std::size_t database) {
  auto& link = sessions_[database].link();
  return link.is_open() && link.generation() == locks_[database].connection;
}

outcome<done, ownership_error> shard_table::register_node() {
  const auto registered = sessions_.front().link().read([&](pqxx::nontransaction& transaction) {
    transaction.exec_params0(insert_node, config_.incarnation, config_.node_name, config_.address, config_.roles);
    return done{};
  });
  if (!registered)
    return as_error(0, registered.error(), "registering the node");
  return done{};
}

outcome<std::vector<owned_shard>, ownership_error> shard_table::claim_all() {
  std::vector<owned_shard> all;
  for (std::size_t database = 0; database < sessions_.size(); ++database) {
    if (!holds_lock(database))
      if (auto locked = take_lock(database); !locked)
        return locked.error();
    const auto some = claim(database);
    if (!some)
      return some.error();
    all.insert(all.end(), some->begin(), some->end());
  }
  std::sort(all.begin(), all.end(), by_shard);
  claimed_ = all;
  return all;
}

outcome<std::vector<owned_shard>, ownership_error> shard_table::claim(std::size_t database) {
  auto& link = sessions_[database].link();
  for (int attempt = 1;; ++attempt) {
    auto claimed = link.write([&](pqxx::work& transaction) {
      transaction.exec0("set local lock_timeout = " + std::to_string(config_.claim_lock_timeout.count()));
      transaction.exec(lock_shards); // in order, as the appends do
      return owned_in(transaction.exec_params(raise_epochs, config_.incarnation));
    });
    if (claimed)
      return *claimed;
    if (link.last_sqlstate() != "55P03" || attempt == claim_attempts)
      return as_error(database, claimed.error(), "claiming the shards");
    if (auto ended = end_old_backends(database); !ended)
      return ended.error();
  }
}

outcome<done, ownership_error> shard_table::end_old_backends(std::size_t database) {
  auto& link = sessions_[database].link();
  std::optional<database_failure> failure;
  const bool gone = wait_for(config_.backend_exit_wait, [&] {
    const auto left = link.read([&](pqxx::nontransaction& transaction) {
      const auto rows = transaction.exec_params(read_old_backends, config_.incarnation);
      for (const auto& row : rows) {
        spdlog::warn("ending backend {} of an earlier incarnation", row[0].c_str());
        transaction.exec_params("select pg_terminate_backend($1::int)", number_in(row[0]));
      }
      return rows.size();
    });
    failure = left ? std::nullopt : std::optional{left.error()};
    return failure || *left == 0;
  });
  if (failure)
    return as_error(database, *failure, "ending old backends");
  if (!gone)
    return ownership_error{ownership_failure::away, "backends of an earlier incarnation do not end"};
  return done{};
}

outcome<done, ownership_error> shard_table::check_claims(std::size_t database) {
  std::vector<owned_shard> expected;
  for (const auto& owned : claimed_)
    if (config_.databases.index_of(owned.shard) == database)
      expected.push_back(owned);
  const auto own = sessions_[database].link().read([&](pqxx::nontransaction& transaction) {
    return owned_in(transaction.exec_params(read_own, config_.incarnation));
  });
  if (!own)
    return as_error(database, own.error(), "reading the shards");
  const bool same = std::equal(own->begin(), own->end(), expected.begin(), expected.end(),
                               [](const auto& left, const auto& right) {
                                 return left.shard == right.shard && left.epoch == right.epoch;
                               });
  if (!same)
    return ownership_error{ownership_failure::lost, "shards of database " + std::to_string(database) +
                                                        " belong to another incarnation now"};
  return done{};
}

outcome<done, ownership_error> shard_table::renew() {
  for (std::size_t database = 0; database < sessions_.size(); ++database) {
    // Whose the shards are decides; the lock only keeps a second node from starting.
    if (auto ours = check_claims(database); !ours)
      return ours;
    if (holds_lock(database))
      continue;
    if (auto locked = take_lock(database); !locked) {
      if (locked.error().reason == ownership_failure::another_is_alive)
        return ownership_error{ownership_failure::lost, locked.error().detail};
      return locked;
    }
    if (auto ours = check_claims(database); !ours)
      return ours;
    spdlog::info("the lock on database {} was taken again", database);
  }
  if (auto measured = measure_clock(); !measured)
    return measured;
  const auto beaten = sessions_.front().link().read([&](pqxx::nontransaction& transaction) {
    transaction.exec_params0(beat, config_.incarnation);
    return done{};
  });
  if (!beaten)
    return as_error(0, beaten.error(), "renewing the lease");
  return done{};
}

void shard_table::leave() {
  static_cast<void>(sessions_.front().link().read([&](pqxx::nontransaction& transaction) {
    transaction.exec_params0(mark_left, config_.incarnation);
    return done{};
  }));
  for (std::size_t database = 0; database < sessions_.size(); ++database) {
    auto& link = sessions_[database].link();
    if (holds_lock(database))
      static_cast<void>(link.read([](pqxx::nontransaction& transaction) {
        transaction.exec1(unlock);
        return done{};
      }));
    link.close();
    locks_[database] = {};
  }
}

outcome<std::vector<shard_table::shard_row>, ownership_error> shard_table::shards() {
  std::vector<shard_row> all;
  for (std::size_t database = 0; database < sessions_.size(); ++database) {
    const auto some = sessions_[database].link().read([&](pqxx::nontransaction& transaction) {
      std::vector<shard_row> found;
      for (const auto& row : transaction.exec(read_shards))
        found.push_back({static_cast<shard_number>(number_in(row[0])), number_in(row[1]), row[2].c_str(),
                         row[3].c_str(), row[4].c_str()});
      return found;
    });
    if (!some)
      return as_error(database, some.error(), "reading the shards");
    all.insert(all.end(), some->begin(), some->end());
  }
  std::sort(all.begin(), all.end(), [](const auto& left, const auto& right) { return left.shard < right.shard; });
  return all;
}

} // namespace frontrow::persistence
