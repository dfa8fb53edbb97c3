#pragma once

#include "persistence/link.hpp"
#include "persistence/ownership.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace frontrow::persistence::detail {

/// Asks until it is so or the time is over; asks at least once. Never on an actor's thread.
template <class Condition>
bool wait_for(std::chrono::milliseconds time, Condition holds) {
  constexpr std::chrono::milliseconds between_two_looks{5};
  const auto until = std::chrono::steady_clock::now() + time;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    std::this_thread::sleep_for(between_two_looks);
  }
  return true;
}

/// The cluster table's sessions, one per database. Each is registered under the node's incarnation before
/// anything else is asked of it, so that others can end it; one that was lost is ended as soon as there is
/// another: the server may not know yet that it is lost, and keep its locks.
class cluster_sessions {
public:
  cluster_sessions(const journal_databases& databases, const session_settings& settings);

  /// Whose they are; before it they are not registered.
  void belong_to(std::string incarnation) { incarnation_ = std::move(incarnation); }

  std::size_t count() const { return seats_.size(); }

  /// Statements that may be repeated, each committing by itself.
  template <class Body>
  auto ask(std::size_t database, const char* during, Body body)
      -> outcome<std::invoke_result_t<Body, pqxx::nontransaction&>, ownership_error>;

  /// One transaction.
  template <class Body>
  auto transact(std::size_t database, const char* during, Body body)
      -> outcome<std::invoke_result_t<Body, pqxx::work&>, ownership_error>;

  /// Tells the database's lost sessions to end. True: none is left.
  bool end_ghosts(std::size_t database, pqxx::transaction_base& transaction);

  /// Tells the backends that are registered under these incarnations to end. The number of those still there.
  outcome<std::int64_t, ownership_error> end_backends_of(std::size_t database,
                                                         const std::vector<std::string>& incarnations);
  /// The same in these databases, and waits. False: some are left, or a database is away.
  bool end_all_of(const std::vector<std::size_t>& databases, const std::vector<std::string>& incarnations,
                  std::chrono::milliseconds exit_wait);

  /// Whether the last failure was a lock that was not to be had within lock_timeout.
  bool was_locked_out(std::size_t database) { return link_of(database).last_sqlstate() == "55P03"; }

  void close();

private:
  struct place {
    database_session session;
    std::uint64_t registered = 0;      ///< the link's count of connections when it was; 0: never
    std::optional<backend_id> backend; ///< of that connection
    std::vector<backend_id> ghosts;
  };

  link& link_of(std::size_t database) { return seats_[database].session.link(); }
  void introduce(std::size_t database, pqxx::transaction_base& transaction);
  ownership_error as_error(std::size_t database, database_failure failure, const char* during);

  std::string incarnation_;
  std::vector<place> seats_;
};

template <class Body>
auto cluster_sessions::ask(std::size_t database, const char* during, Body body)
    -> outcome<std::invoke_result_t<Body, pqxx::nontransaction&>, ownership_error> {
  auto told = link_of(database).read([&](pqxx::nontransaction& transaction) {
    introduce(database, transaction);
    return body(transaction);
  });
  if (!told)
    return as_error(database, told.error(), during);
  return std::move(*told);
}

template <class Body>
auto cluster_sessions::transact(std::size_t database, const char* during, Body body)
    -> outcome<std::invoke_result_t<Body, pqxx::work&>, ownership_error> {
  auto told = link_of(database).write([&](pqxx::work& transaction) { return body(transaction); });
  if (!told)
    return as_error(database, told.error(), during);
  return std::move(*told);
}

} // namespace frontrow::persistence::detail
