#include "persistence/cluster_table.hpp"

#include "persistence/cluster_sessions.hpp"

#include <algorithm>
#include <cassert>
#include <spdlog/spdlog.h>
#include <string_view>

namespace frontrow::persistence {

namespace {

using detail::number_in;
using detail::wait_for;

const std::string now_milliseconds = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

// A founder waits for another one's transaction, which writes all shards.
constexpr auto found_patiently = "set local lock_timeout = '10s'";
constexpr auto has_tables =
    "select exists (select from pg_attribute where attrelid = to_regclass('node') and attname = 'number')";
const std::string insert_cluster =
    "insert into cluster (name, shard_count, database_index, database_count, born_at) "
    "values ($1, $2, $3, $4, " +
    now_milliseconds + ") on conflict do nothing";
constexpr auto insert_shards = "insert into shard (shard) select s from generate_series(0, $1::int - 1) s "
                               "where s % $2::int = $3::int on conflict do nothing";
constexpr auto read_cluster = "select name, shard_count, database_index, database_count from cluster";

// Advisory locks of two numbers: what kind of lock ("FrNo", "FrLe"), and the node's number or 0. A node's
// number is far from 2^31: one start of a node a second would take 68 years.
const std::string node_locks = "1181896303";
const std::string leader_locks = "1181895781";

std::string held(const std::string& kind) {
  return "select pid, objid::bigint as number from pg_locks where locktype = 'advisory' and granted and "
         "objsubid = 2 "
         "and database = (select oid from pg_database where datname = current_database()) and classid = " +
         kind;
}

/// Takes a lock that this session does not hold yet: a second time would count.
std::string keep_lock(const std::string& kind, const std::string& number) {
  return "case when exists (select from (" + held(kind) +
         ") l where l.pid = pg_backend_pid() and l.number = " + number +
         ") then true else pg_try_advisory_lock(" + kind + ", " + number + "::int) end";
}

const std::string self_lives = "exists (select from node where number = $1::bigint and left_at is null)";

// Its lock is there before anybody can see the node.
const std::string insert_node =
    "with joined as (insert into node (id, name, address, roles, weight, started_at, heartbeat) "
    "select $1::uuid, $2, $3, $4, $5::int, now, now from (select " +
    now_milliseconds +
    " as now) n "
    "on conflict (id) do update set heartbeat = excluded.heartbeat, address = excluded.address where "
    "node.left_at is null returning number) "
    "select number, " +
    keep_lock(node_locks, "number") + " from joined";

const std::string keep_own_lock = "select " + keep_lock(node_locks, "$1::bigint");

/// Everything in one snapshot and one answer. Rows of three kinds: the cluster, the members, the shards.
/// $1: this node, $2: the lease.
std::string view_after(const std::string& beat, const std::string& own_lock) {
  return "with beat as (" + beat + "), clock as materialized (select " + now_milliseconds +
         " as now), "
         "held as materialized (" +
         held(node_locks) +
         ") "
         "select 0, leader, catalog_version, (select count(*) from beat), (" +
         own_lock +
         ")::int, 0, 0, 0, '', '', '', '' "
         "from cluster "
         "union all select 1, n.number, weight, draining::int, (exists (select from held h where h.number = "
         "n.number "
         "and (h.number <> $1::bigint or h.pid = pg_backend_pid())))::int, "
         "coalesce(b.heartbeat, n.heartbeat) + $2::bigint - now, started_at, coalesce(b.heartbeat, "
         "n.heartbeat), "
         "id::text, name, address, roles from clock, node n left join beat b using (number) where left_at is "
         "null "
         "union all select 2, shard, epoch, coalesce(owner_node, 0), coalesce(wanted_node, 0), "
         "coalesce(moved_at, 0), "
         "coalesce(move_ms, 0), 0, '', '', '', '' from shard";
}

const std::string view_with_heartbeat =
    view_after("update node set heartbeat = " + now_milliseconds +
                   " where number = $1::bigint and left_at is null returning number, heartbeat",
               keep_lock(node_locks, "$1::bigint"));
const std::string view_only =
    view_after("select number, heartbeat from node where number = $1::bigint and left_at is null",
               "select exists (select from held where number = $1::bigint and pid = pg_backend_pid())");

constexpr auto select_shards = "select 2, shard, epoch, coalesce(owner_node, 0), coalesce(wanted_node, 0), "
                               "coalesce(moved_at, 0), coalesce(move_ms, 0) from shard";

// Null: this node is dead.
const std::string keep_lead =
    "with got as materialized (select case when not " + self_lives + " then null else (" +
    keep_lock(leader_locks, "0") +
    ") end as leads), "
    "told as (update cluster set leader = $1::bigint where (select leads from got) and leader <> $1::bigint) "
    "select leads from got";
// A ghost of this node's own would keep the lock as well.
const std::string end_stale_leader =
    "select n.number, pg_terminate_backend(a.pid) from (" + held(leader_locks) +
    ") l join pg_stat_activity a using (pid) "
    "join backend b on b.pid = a.pid and b.backend_start = a.backend_start join node n on n.id = "
    "b.incarnation "
    "where a.pid <> pg_backend_pid() and (n.left_at is not null or n.number = $1::bigint "
    "or n.heartbeat + $2::bigint < " +
    now_milliseconds + ")";

/// $1: this node, $2: the other one.
std::string declare(const std::string& evidence) {
  return "with gone as (update node set left_at = " + now_milliseconds +
         " where number = $2::bigint and left_at is null "
         "and " +
         self_lives + " and " + evidence +
         " returning 1) "
         "select id::text, left_at is not null or exists (select from gone), " +
         self_lives + " from node where number = $2::bigint";
}
const std::string declare_lapsed = declare("heartbeat + $3::bigint < " + now_milliseconds);
const std::string declare_lock_lost = declare("$3::bigint > 0 and not exists (select from (" +
                                              held(node_locks) + ") l where l.number = $2::bigint)");

constexpr auto set_draining =
    "update node set draining = $2::boolean where number = $1::bigint and left_at is null";

constexpr auto release_all =
    "with own as (select shard from shard where owner_node = $1::bigint order by shard for update) "
    "update shard s set owner_node = null, released_at = (extract(epoch from clock_timestamp()) * "
    "1000)::bigint "
    "from own where s.shard = own.shard and s.owner_node = $1::bigint";
const std::string mark_left =
    "update node set left_at = " + now_milliseconds + " where number = $1::bigint and left_at is null";

// For the ghost of a lost session to end; the next renewal tries again, and meanwhile the heartbeat counts.
constexpr std::chrono::milliseconds own_lock_wait{100};

bool is_true(const pqxx::field& field) {
  return std::string_view{field.c_str()} == "t";
}

member_row member_in(const pqxx::row& row) {
  return {.number = number_in(row[1]),
          .incarnation = row[8].c_str(),
          .name = row[9].c_str(),
          .address = row[10].c_str(),
          .roles = row[11].c_str(),
          .weight = static_cast<std::int32_t>(number_in(row[2])),
          .wish = number_in(row[3]) ? drain_wish::drain : drain_wish::stay,
          .lock = number_in(row[4]) ? lock_state::held : lock_state::free,
          .lease_left = std::chrono::milliseconds{number_in(row[5])},
          .started_at = number_in(row[6]),
          .heartbeat_at = number_in(row[7])};
}

void add_shard(const pqxx::row& row, table_view& view) {
  const auto at = static_cast<std::size_t>(number_in(row[1]));
  if (at < view.shards.size())
    view.shards[at] = {.epoch = number_in(row[2]),
                       .owner = number_in(row[3]),
                       .wanted = number_in(row[4]),
                       .moved_at = number_in(row[5]),
                       .move_ms = number_in(row[6])};
}

} // namespace

cluster_table::cluster_table(cluster_table_config config, database_clock& clock)
    : config_(std::move(config)), clock_(&clock) {
  auto settings = config_.session;
  settings.application_name = "frontrow_node";
  settings.lock_timeout = config_.claim_lock_timeout;
  sessions_ = std::make_unique<detail::cluster_sessions>(config_.databases, settings);
}

cluster_table::~cluster_table() = default;

ownership_error cluster_table::lost() {
  sessions_->close();
  return {ownership_failure::lost, "node " + std::to_string(number_) + " was declared dead or has left"};
}

outcome<node_number, ownership_error> cluster_table::join(const node_registration& node) {
  for (std::size_t database = 0; database < sessions_->count(); ++database)
    if (auto there = found(database); !there)
      return there.error();
  sessions_->belong_to(node.incarnation);
  if (auto measured = measure_clock(); !measured)
    return measured.error();
  // Registered everywhere from the start: whoever ends this node's sessions has to find them.
  for (std::size_t database = 1; database < sessions_->count(); ++database)
    if (auto there = sessions_->ask(database, "registering", [](pqxx::nontransaction&) { return done{}; });
        !there)
      return there.error();
  const auto joined = sessions_->ask(0, "registering the node", [&](pqxx::nontransaction& transaction) {
    const auto rows = transaction.exec_params(insert_node, node.incarnation, node.name, node.address,
                                              node.roles, node.weight);
    return rows.empty() ? node_number{0} : number_in(rows[0][0]);
  });
  if (!joined)
    return joined.error();
  if (*joined == 0)
    return lost();
  number_ = *joined;
  return number_;
}

outcome<done, ownership_error> cluster_table::found(std::size_t database) {
  const auto count = static_cast<std::int32_t>(sessions_->count());
  const auto index = static_cast<std::int32_t>(database);
  const auto born = sessions_->transact(database, "founding the cluster", [&](pqxx::work& transaction) {
    transaction.exec0(found_patiently);
    if (!is_true(transaction.exec1(has_tables)[0]))
      return "database " + std::to_string(index) + " lacks Frontrow's tables: run frontrow migrate first";
    transaction.exec_params0(insert_cluster, config_.cluster, config_.shard_count, index, count);
    const auto row = transaction.exec1(read_cluster);
    const bool same = row[0].c_str() == config_.cluster && number_in(row[1]) == config_.shard_count &&
                      number_in(row[2]) == index && number_in(row[3]) == count;
    if (same)
      transaction.exec_params0(insert_shards, config_.shard_count, count, index);
    return same ? std::string{}
                : "database " + std::to_string(index) + " was born for cluster '" + row[0].c_str() +
                      "' with " + row[1].c_str() + " shards, as number " + row[2].c_str() + " of " +
                      row[3].c_str() + " databases";
  });
  if (!born)
    return born.error();
  if (!born->empty())
    return ownership_error{ownership_failure::other_cluster, *born};
  return done{};
}

outcome<done, ownership_error> cluster_table::measure_clock() {
  // Its own statement, so that nothing but the round trip lies between the two readings.
  return sessions_->ask(0, "reading the clock", [&](pqxx::nontransaction& transaction) {
    using namespace std::chrono;
    const auto before = clock_->monotonic();
    const auto row = transaction.exec1("select (extract(epoch from clock_timestamp()) * 1000000)::bigint");
    const auto after = clock_->monotonic();
    clock_->measured(before, sys_time<microseconds>{microseconds{number_in(row[0])}}, after);
    return done{};
  });
}

outcome<lock_state, ownership_error> cluster_table::take_own_lock() {
  std::optional<ownership_error> failure;
  const bool taken = wait_for(own_lock_wait, [&] {
    const auto got = sessions_->ask(0, "taking the node's lock", [&](pqxx::nontransaction& transaction) {
      sessions_->end_ghosts(0, transaction);
      return is_true(transaction.exec_params1(keep_own_lock, number_)[0]);
    });
    failure = got ? std::nullopt : std::optional{got.error()};
    return failure || *got;
  });
  if (failure)
    return *failure;
  if (!taken)
    spdlog::warn("the lock of node {} is still held by a session of before", number_);
  return taken ? lock_state::held : lock_state::free;
}

outcome<table_view, ownership_error> cluster_table::view(const std::string& first_statement) {
  table_view seen;
  seen.shards.resize(static_cast<std::size_t>(config_.shard_count));
  bool lives = false;
  const auto read = sessions_->ask(0, "looking at the cluster", [&](pqxx::nontransaction& transaction) {
    seen.members.clear();
    auto own_lock = lock_state::free;
    for (const auto& row : transaction.exec_params(first_statement, number_, config_.lease.count())) {
      switch (number_in(row[0])) {
      case 0:
        seen.leader = number_in(row[1]);
        seen.catalog_version = number_in(row[2]);
        lives = number_in(row[3]) > 0;
        own_lock = number_in(row[4]) ? lock_state::held : lock_state::free;
        break;
      case 1:
        seen.members.push_back(member_in(row));
        break;
      default:
        add_shard(row, seen);
      }
    }
    return own_lock;
  });
  if (!read)
    return read.error();
  if (!lives)
    return lost();
  for (std::size_t database = 1; database < sessions_->count(); ++database)
    if (auto added = read_shards(database, seen); !added)
      return added.error();
  std::sort(seen.members.begin(), seen.members.end(),
            [](const auto& left, const auto& right) { return left.number < right.number; });
  for (auto& member : seen.members)
    if (member.number == number_)
      member.lock = *read;
  return seen;
}

outcome<done, ownership_error> cluster_table::read_shards(std::size_t database, table_view& into) {
  return sessions_->ask(database, "reading the shards", [&](pqxx::nontransaction& transaction) {
    for (const auto& row : transaction.exec(select_shards))
      add_shard(row, into);
    return done{};
  });
}

outcome<table_view, ownership_error> cluster_table::renew() {
  assert(number_ != 0);
  if (auto measured = measure_clock(); !measured)
    return measured.error();
  auto seen = view(view_with_heartbeat);
  if (!seen)
    return seen;
  const auto self = std::find_if(seen->members.begin(), seen->members.end(),
                                 [&](const member_row& member) { return member.number == number_; });
  if (self != seen->members.end() && self->lock == lock_state::free) {
    const auto taken = take_own_lock();
    if (!taken)
      return taken.error();
    self->lock = *taken;
  }
  return seen;
}

outcome<table_view, ownership_error> cluster_table::look() {
  assert(number_ != 0);
  return view(view_only);
}

outcome<std::optional<leadership>, ownership_error> cluster_table::try_to_lead() {
  return sessions_->ask(0, "taking the lead",
                        [&](pqxx::nontransaction& transaction) -> std::optional<leadership> {
                          const auto row = transaction.exec_params1(keep_lead, number_);
                          if (row[0].is_null())
                            return std::nullopt;
                          return is_true(row[0]) ? leadership::leads : leadership::follows;
                        });
}

outcome<leadership, ownership_error> cluster_table::lead() {
  assert(number_ != 0);
  auto got = try_to_lead();
  if (!got)
    return got.error();
  if (*got == leadership::follows) {
    const auto ended = sessions_->ask(0, "ending a former leader", [&](pqxx::nontransaction& transaction) {
      const auto rows = transaction.exec_params(end_stale_leader, number_, config_.lease.count());
      for (const auto& row : rows)
        spdlog::warn("ending the lead of node {}", row[0].c_str());
      return rows.size();
    });
    if (!ended)
      return ended.error();
    if (*ended == 0)
      return leadership::follows;
    wait_for(config_.backend_exit_wait, [&] {
      got = try_to_lead();
      return !got || *got != leadership::follows;
    });
    if (!got)
      return got.error();
  }
  if (!*got)
    return lost();
  return **got;
}

outcome<death_verdict, ownership_error> cluster_table::declare_dead(node_number number,
                                                                    death_evidence evidence) {
  assert(number_ != 0);
  if (number == number_)
    return death_verdict::came_back;
  struct finding {
    std::string incarnation;
    bool dead = true;
    bool judge_lives = true;
  };
  const auto& statement = evidence == death_evidence::lapsed ? declare_lapsed : declare_lock_lost;
  const auto found = sessions_->ask(0, "declaring a node dead", [&](pqxx::nontransaction& transaction) {
    const auto rows = transaction.exec_params(statement, number_, number, config_.lease.count());
    return rows.empty() ? finding{} : finding{rows[0][0].c_str(), is_true(rows[0][1]), is_true(rows[0][2])};
  });
  if (!found)
    return found.error();
  if (!found->judge_lives)
    return lost();
  if (!found->dead)
    return death_verdict::came_back;
  if (!found->incarnation.empty()) {
    std::vector<std::size_t> everywhere;
    for (std::size_t database = 0; database < sessions_->count(); ++database)
      everywhere.push_back(database);
    // The fence holds without it; only a claim may have to wait for what they have under way.
    if (!sessions_->end_all_of(everywhere, {found->incarnation}, config_.backend_exit_wait))
      spdlog::warn("backends of node {} are still there", number);
  }
  return death_verdict::dead;
}

outcome<drain_answer, ownership_error> cluster_table::drain(node_number number, drain_wish wish) {
  return sessions_->ask(0, "draining a node", [&](pqxx::nontransaction& transaction) {
    const auto changed = transaction.exec_params(set_draining, number, wish == drain_wish::drain ? "t" : "f");
    return changed.affected_rows() == 1 ? drain_answer::done : drain_answer::no_such_node;
  });
}

void cluster_table::leave() {
  if (number_ == 0)
    return;
  const auto run = [&](std::size_t database, const char* statement) {
    static_cast<void>(sessions_->ask(database, "leaving", [&](pqxx::nontransaction& transaction) {
      transaction.exec_params0(statement, number_);
      return done{};
    }));
  };
  for (std::size_t database = 0; database < sessions_->count(); ++database)
    run(database, release_all);
  run(0, mark_left.c_str());
  sessions_->close();
}

} // namespace frontrow::persistence
