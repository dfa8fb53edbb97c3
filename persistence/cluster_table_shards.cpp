#include "persistence/array_parameter.hpp"
#include "persistence/cluster_sessions.hpp"
#include "persistence/cluster_table.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <spdlog/spdlog.h>

/// Who owns which shard: wishes, claims, releases. Each is one statement that locks its rows in the shards'
/// order, as the appends do, so that they can wait for one another but never in a circle, and so that a
/// process that is frozen keeps no lock.
namespace frontrow::persistence {

namespace {

using detail::bigint_array;
using detail::integer_array;
using detail::number_in;

// Members lie in the first database only: elsewhere $3 is 0, and what the statement asks of owner and epoch
// has to do.
#define FRONTROW_SELF_LIVES                                                                                  \
  "($3::bigint = 0 or exists (select from node where number = $3::bigint and left_at is null))"
#define FRONTROW_NOW "(extract(epoch from clock_timestamp()) * 1000)::bigint"

constexpr auto read_owners =
    "select distinct owner_node from shard "
    "where shard = any($1::int[]) and owner_node is not null and owner_node <> $2::bigint";
constexpr auto read_fates = "select number, left_at, id::text from node "
                            "where number = any($1::bigint[]) or number = $2::bigint";
constexpr auto read_self = "select from node where number = $1::bigint and left_at is null";

// $1: shards, $2: this node, $4 and $5: the dead and when they died.
#define FRONTROW_MAY_CLAIM                                                                                   \
  "(s.wanted_node = $2::bigint or (s.wanted_node is null and s.owner_node = $2::bigint)) "                   \
  "and (s.owner_node is null or s.owner_node = $2::bigint or s.owner_node = any($4::bigint[])) "
constexpr auto claim_shards =
    "with dead as materialized (select * from unnest($4::bigint[], $5::bigint[]) as d(number, left_at)), "
    "mine as materialized (select s.shard from shard s where s.shard = any($1::int[]) and " FRONTROW_MAY_CLAIM
    "order by s.shard for update of s) "
    "update shard s set epoch = s.epoch + 1, owner_node = $2::bigint, wanted_node = null, released_at = "
    "null, "
    "moved_at = " FRONTROW_NOW ", "
    "move_ms = case when s.owner_node = $2::bigint then s.move_ms else greatest(0, " FRONTROW_NOW
    " - coalesce("
    "s.released_at, (select d.left_at from dead d where d.number = s.owner_node), " FRONTROW_NOW ")) end "
    "from mine where s.shard = mine.shard and " FRONTROW_MAY_CLAIM "and " FRONTROW_SELF_LIVES
    " returning s.shard, s.epoch";
#undef FRONTROW_MAY_CLAIM

// $1 and $4: shards and epochs, $2: this node.
constexpr auto release_shards =
    "with given as materialized (select * from unnest($1::int[], $4::bigint[]) as g(shard, epoch)), "
    "mine as materialized (select s.shard, s.epoch from shard s join given using (shard, epoch) "
    "where s.owner_node = $2::bigint order by s.shard for update of s) "
    "update shard s set owner_node = null, released_at = " FRONTROW_NOW " from mine "
    "where s.shard = mine.shard and s.epoch = mine.epoch and s.owner_node = $2::bigint "
    "and " FRONTROW_SELF_LIVES;

// $1 and $2: shards and nodes.
constexpr auto want_shards =
    "with wish as materialized (select * from unnest($1::int[], $2::bigint[]) as w(shard, node)), "
    "due as materialized (select s.shard, nullif(w.node, 0) as node from shard s join wish w using (shard) "
    "where s.wanted_node is distinct from nullif(w.node, 0) order by s.shard for update of s) "
    "update shard s set wanted_node = due.node from due where s.shard = due.shard and " FRONTROW_SELF_LIVES;

#undef FRONTROW_SELF_LIVES
#undef FRONTROW_NOW

template <class Array, class Each, class Number>
pqxx::binarystring array_from(const std::vector<Each>& all, Number number) {
  Array made;
  for (const auto& each : all)
    made.add(std::int64_t{number(each)});
  return made.value();
}

constexpr auto as_it_is = [](auto number) { return number; };

/// The same things by database.
template <class Each, class Shard>
std::map<std::size_t, std::vector<Each>> by_database(const journal_databases& databases,
                                                     const std::vector<Each>& all, Shard shard) {
  std::map<std::size_t, std::vector<Each>> parts;
  for (const auto& each : all)
    parts[databases.index_of(shard(each))].push_back(each);
  return parts;
}

} // namespace

/// A dead owner.
struct cluster_table::grave {
  node_number number = 0;
  std::optional<std::int64_t> died_at; ///< null: nobody knows
  std::string incarnation;
};

outcome<done, ownership_error> cluster_table::must_live() {
  const auto lives = sessions_->ask(0, "looking for this node", [&](pqxx::nontransaction& transaction) {
    return !transaction.exec_params(read_self, number_).empty();
  });
  if (!lives)
    return lives.error();
  if (!*lives)
    return lost();
  return done{};
}

outcome<std::vector<cluster_table::grave>, ownership_error>
cluster_table::dead_owners(std::size_t database, const std::vector<shard_number>& shards) {
  auto owners = sessions_->ask(database, "reading owners", [&](pqxx::nontransaction& transaction) {
    std::vector<node_number> numbers;
    for (const auto& row :
         transaction.exec_params(read_owners, array_from<integer_array>(shards, as_it_is), number_))
      numbers.push_back(number_in(row[0]));
    return numbers;
  });
  if (!owners)
    return owners.error();
  // Read after the owners: whoever owned a shard had joined before.
  std::map<node_number, grave> dead;
  bool self_lives = false;
  const auto told = sessions_->ask(0, "reading who is dead", [&](pqxx::nontransaction& transaction) {
    dead.clear();
    for (const auto number : *owners)
      dead[number] = {number, std::nullopt, ""};
    self_lives = false;
    for (const auto& row :
         transaction.exec_params(read_fates, array_from<bigint_array>(*owners, as_it_is), number_)) {
      const auto number = number_in(row[0]);
      if (number == number_)
        self_lives = row[1].is_null();
      else if (row[1].is_null())
        dead.erase(number);
      else
        dead[number] = {number, number_in(row[1]), row[2].c_str()};
    }
    return done{};
  });
  if (!told)
    return told.error();
  if (!self_lives)
    return lost();
  std::vector<grave> all;
  for (auto& [number, each] : dead)
    all.push_back(std::move(each));
  return all;
}

template <class Attempt>
auto cluster_table::past_the_dead(std::size_t database, const std::vector<shard_number>& shards,
                                  Attempt attempt) {
  auto ended = attempt();
  if (ended || !sessions_->was_locked_out(database))
    return ended;
  const auto dead = dead_owners(database, shards);
  if (!dead)
    return decltype(ended){dead.error()};
  std::vector<std::string> incarnations;
  for (const auto& each : *dead)
    if (!each.incarnation.empty())
      incarnations.push_back(each.incarnation);
  if (incarnations.empty() || !sessions_->end_all_of({database}, incarnations, config_.backend_exit_wait))
    return ended;
  return attempt();
}

outcome<std::vector<owned_shard>, ownership_error>
cluster_table::claim(const std::vector<shard_number>& shards) {
  assert(number_ != 0);
  std::vector<owned_shard> taken;
  std::optional<ownership_error> failure;
  for (const auto& [database, some] : by_database(config_.databases, shards, as_it_is)) {
    const auto claimed = claim_in(database, some);
    if (claimed)
      taken.insert(taken.end(), claimed->begin(), claimed->end());
    else
      failure = claimed.error();
    if (failure && failure->reason == ownership_failure::lost)
      return *failure;
  }
  if (failure && taken.empty())
    return *failure;
  if (failure)
    spdlog::warn("only {} of {} shards were claimed: {}", taken.size(), shards.size(), failure->detail);
  std::sort(taken.begin(), taken.end(),
            [](const auto& left, const auto& right) { return left.shard < right.shard; });
  return taken;
}

outcome<std::vector<owned_shard>, ownership_error>
cluster_table::claim_in(std::size_t database, const std::vector<shard_number>& shards) {
  const auto dead = dead_owners(database, shards);
  if (!dead)
    return dead.error();
  const auto numbers = array_from<bigint_array>(*dead, [](const grave& each) { return each.number; });
  bigint_array deaths;
  for (const auto& each : *dead)
    deaths.add(each.died_at);
  const auto died_at = deaths.value();
  return past_the_dead(database, shards, [&] {
    return sessions_->ask(database, "claiming shards", [&](pqxx::nontransaction& transaction) {
      std::vector<owned_shard> taken;
      for (const auto& row :
           transaction.exec_params(claim_shards, array_from<integer_array>(shards, as_it_is), number_,
                                   database == 0 ? number_ : node_number{0}, numbers, died_at))
        taken.push_back({static_cast<shard_number>(number_in(row[0])), number_in(row[1])});
      return taken;
    });
  });
}

outcome<done, ownership_error> cluster_table::release(const std::vector<owned_shard>& shards) {
  assert(number_ != 0);
  if (auto lives = must_live(); !lives)
    return lives;
  std::optional<ownership_error> failure;
  for (const auto& [database, some] :
       by_database(config_.databases, shards, [](const owned_shard& each) { return each.shard; }))
    if (auto released = release_in(database, some); !released)
      failure = released.error();
  if (failure)
    return *failure;
  return done{};
}

outcome<done, ownership_error> cluster_table::release_in(std::size_t database,
                                                         const std::vector<owned_shard>& shards) {
  return sessions_->ask(database, "releasing shards", [&](pqxx::nontransaction& transaction) {
    transaction.exec_params0(
        release_shards, array_from<integer_array>(shards, [](const owned_shard& each) { return each.shard; }),
        number_, database == 0 ? number_ : node_number{0},
        array_from<bigint_array>(shards, [](const owned_shard& each) { return each.epoch; }));
    return done{};
  });
}

outcome<done, ownership_error>
cluster_table::want(const std::vector<std::pair<shard_number, node_number>>& wishes) {
  assert(number_ != 0);
  if (auto lives = must_live(); !lives)
    return lives;
  std::optional<ownership_error> failure;
  for (const auto& [database, some] :
       by_database(config_.databases, wishes, [](const auto& each) { return each.first; }))
    if (auto wanted = want_in(database, some); !wanted)
      failure = wanted.error();
  if (failure)
    return *failure;
  return done{};
}

outcome<done, ownership_error>
cluster_table::want_in(std::size_t database,
                       const std::vector<std::pair<shard_number, node_number>>& wishes) {
  std::vector<shard_number> shards;
  for (const auto& [shard, node] : wishes)
    shards.push_back(shard);
  const auto nodes = array_from<bigint_array>(wishes, [](const auto& each) { return each.second; });
  return past_the_dead(database, shards, [&] {
    return sessions_->ask(database, "wishing for shards", [&](pqxx::nontransaction& transaction) {
      transaction.exec_params0(want_shards, array_from<integer_array>(shards, as_it_is), nodes,
                               database == 0 ? number_ : node_number{0});
      return done{};
    });
  });
}

} // namespace frontrow::persistence
