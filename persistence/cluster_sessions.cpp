#include "persistence/array_parameter.hpp"
#include "persistence/cluster_sessions.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

namespace frontrow::persistence::detail {

namespace {

// As link's register_backend and end_backend, but on the transaction that has just found its connection new.
constexpr auto forget_gone =
    "delete from backend b where not exists "
    "(select from pg_stat_activity a where a.pid = b.pid and a.backend_start = b.backend_start)";
constexpr auto register_own =
    "insert into backend (incarnation, pid, backend_start) "
    "select $1::uuid, pid, backend_start from pg_stat_activity where pid = pg_backend_pid() "
    "on conflict (pid, backend_start) do update set incarnation = excluded.incarnation "
    "returning pid, backend_start::text";
// Its row leaves pg_stat_activity only after its transaction has ended.
constexpr auto end_ghost =
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where pid = $1::int and backend_start = $2::timestamptz and pid <> pg_backend_pid()";
constexpr auto end_registered =
    "select a.pid, pg_terminate_backend(a.pid) from backend b join pg_stat_activity a "
    "on a.pid = b.pid and a.backend_start = b.backend_start "
    "where b.incarnation = any($1::text[]::uuid[]) and a.pid <> pg_backend_pid()";

} // namespace

cluster_sessions::cluster_sessions(const journal_databases& databases, const session_settings& settings) {
  for (const auto& dsn : databases.dsns)
    seats_.push_back(
        {.session = database_session{dsn, settings}, .registered = 0, .backend = {}, .ghosts = {}});
}

ownership_error cluster_sessions::as_error(std::size_t database, database_failure failure,
                                           const char* during) {
  return {failure == database_failure::rejected ? ownership_failure::rejected : ownership_failure::away,
          std::string{during} + " in database " + std::to_string(database) + ": " +
              link_of(database).last_message()};
}

void cluster_sessions::introduce(std::size_t database, pqxx::transaction_base& transaction) {
  auto& seat = seats_[database];
  const auto connection = seat.session.link().generation();
  if (incarnation_.empty() || seat.registered == connection)
    return;
  if (seat.backend)
    seat.ghosts.push_back(*std::exchange(seat.backend, std::nullopt));
  transaction.exec0(forget_gone);
  const auto row = transaction.exec_params1(register_own, incarnation_);
  seat.backend = backend_id{static_cast<std::int32_t>(number_in(row[0])), row[1].c_str()};
  seat.registered = connection;
  end_ghosts(database, transaction);
}

bool cluster_sessions::end_ghosts(std::size_t database, pqxx::transaction_base& transaction) {
  auto& ghosts = seats_[database].ghosts;
  std::erase_if(ghosts, [&](const backend_id& ghost) {
    return transaction.exec_params(end_ghost, ghost.pid, ghost.started).empty();
  });
  return ghosts.empty();
}

outcome<std::int64_t, ownership_error>
cluster_sessions::end_backends_of(std::size_t database, const std::vector<std::string>& incarnations) {
  text_array whose;
  for (const auto& incarnation : incarnations)
    whose.add(incarnation);
  const auto all = whose.value();
  return ask(database, "ending the backends of a dead node", [&](pqxx::nontransaction& transaction) {
    const auto rows = transaction.exec_params(end_registered, all);
    for (const auto& row : rows)
      spdlog::warn("ending backend {} of a dead node", row[0].c_str());
    return static_cast<std::int64_t>(rows.size());
  });
}

bool cluster_sessions::end_all_of(const std::vector<std::size_t>& databases,
                                  const std::vector<std::string>& incarnations,
                                  std::chrono::milliseconds exit_wait) {
  auto left = databases;
  bool reached = true;
  const bool ended = wait_for(exit_wait, [&] {
    std::erase_if(left, [&](std::size_t database) {
      const auto there = end_backends_of(database, incarnations);
      reached = reached && there;
      return !there || *there == 0;
    });
    return left.empty();
  });
  return ended && reached;
}

void cluster_sessions::close() {
  for (auto& seat : seats_)
    seat.session.link().close();
}

} // namespace frontrow::persistence::detail
