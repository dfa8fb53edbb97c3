#pragma once

#include "persistence/database_session.hpp"
#include "persistence/deadline_watch.hpp"
#include "persistence/journal_rows.hpp"

#include <pqxx/pqxx>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>

/// This folder's own view of pqxx: connections, faults and texts.
namespace frontrow::persistence::detail {

/// What an exception from pqxx means.
enum class fault {
  lost,      ///< the connection is gone or useless; what was under way may have happened
  transient, ///< the statement did not happen; it may later
  permanent, ///< the statement did not happen and never will
};

/// Sorts an exception by its SQLSTATE: 08, 57P, 25 (a primary that became a standby), 40003 and anything
/// without one is lost, as is what the operating system denies; 40, 53, 55P03, 57 and 58 are transient; the
/// rest is permanent.
fault fault_of(const std::exception& error);
/// The SQLSTATE, if the exception bears one.
std::string sqlstate_of(const std::exception& error);
/// The first line of the message: those after it may quote data, which has no place in a log.
std::string first_line(const std::exception& error);

/// A backend for certain: pids are used again.
struct backend_id {
  std::int32_t pid = 0;
  std::string started; ///< backend_start as PostgreSQL prints it
  bool operator==(const backend_id&) const = default;
};

/// A connection whose handle is known, for what pqxx has no call for: to send a statement and not to wait.
class handled_connection final : public pqxx::connection_base {
public:
  explicit handled_connection(const std::string& dsn) : connection_base(policy_), policy_(dsn) { init(); }
  ~handled_connection() { close(); }
  using native_handle = pqxx::connectionpolicy::handle; ///< libpq's PGconn*
  native_handle handle() const { return policy_.opened; }

private:
  struct policy final : pqxx::connect_direct {
    using connect_direct::connect_direct;
    handle do_startconnect(handle orig) override { return opened = connect_direct::do_startconnect(orig); }
    handle opened = nullptr;
  };
  policy policy_;
};

/// An open connection that never reconnects behind one's back: what a session holds (locks, settings, a
/// registration) would be lost in silence.
class opened_connection {
public:
  opened_connection(const std::string& dsn, const session_settings& settings);
  pqxx::connection_base& operator*() { return connection_; }
  pqxx::connection_base* operator->() { return &connection_; }
  handled_connection::native_handle handle() const { return connection_.handle(); }

  /// Shuts the connection at `deadline` unless the guard has gone by then.
  [[nodiscard]] deadline_watch::guard watched_until(std::chrono::steady_clock::time_point deadline) const {
    return watch_->until(deadline, socket_);
  }
  /// Whoever waits for an answer hears that the connection is lost. For any thread.
  void cut_off() const { socket_.shut(); }

private:
  std::shared_ptr<deadline_watch> watch_ = deadline_watch::shared();
  handled_connection connection_;
  socket_handle socket_;
  pqxx::quiet_errorhandler quiet_; // notices and losses are told by exceptions; stderr is not ours
};

/// `dsn` with connection parameters added that it does not name itself.
std::string with_defaults(const std::string& dsn, const session_settings& settings);

/// For what takes no time unless the server stands still: after this the connection is cut off.
inline constexpr std::chrono::milliseconds trivial_statement_limit{15'000};

/// This session's own backend.
backend_id own_backend(pqxx::connection_base& connection);
/// Registers this session's backend under an incarnation, and forgets those that are gone.
backend_id register_backend(pqxx::connection_base& connection, const std::string& incarnation);
/// Asks a backend to end. True: it is gone, with whatever it had under way either committed or undone.
bool end_backend(pqxx::connection_base& connection, const backend_id& backend);

class link {
public:
  link(std::string dsn, session_settings settings);

  /// While this is set, calls are answered `stopped`. It must outlive the link.
  void stop_with(const std::atomic<bool>* stopping) { stopping_ = stopping; }
  /// Ends the call that is under way, as far as the server has to do with it, and lets no other begin. For any
  /// thread; a link that was cut off stays so.
  void cut_off();
  /// Counts the connections opened so far: another figure means that the session's state was lost.
  std::uint64_t generation() const { return generation_; }
  bool is_open() const { return connection_ != nullptr; }
  void close();
  /// Opens if needed; throws what pqxx throws. Statements not run by `read` or `write` belong under `watched`.
  pqxx::connection_base& connection();
  /// For one call on the open connection: past the limit it is cut off. Nothing if there is no limit.
  [[nodiscard]] std::unique_ptr<const deadline_watch::guard> watched() const;

  /// Runs statements that may be repeated, each committing by itself. A connection that turns out to have been
  /// lost since its last use is opened again, once.
  template <class Body>
  auto read(Body body) -> outcome<std::invoke_result_t<Body, pqxx::nontransaction&>, database_failure>;

  /// Runs one transaction. Answered `away` when its outcome is unknown.
  template <class Body>
  auto write(Body body) -> outcome<std::invoke_result_t<Body, pqxx::work&>, database_failure>;

  /// The SQLSTATE of the last failure, empty if it had none.
  const std::string& last_sqlstate() const { return last_sqlstate_; }
  const std::string& last_message() const { return last_message_; }

private:
  bool stopped() const { return stopping_ && stopping_->load(); }
  /// Notes the failure, closes a lost connection.
  database_failure note(const std::exception& error);
  /// Makes certain that a connection of old still answers.
  void refresh();

  std::string dsn_;
  session_settings settings_;
  const std::atomic<bool>* stopping_ = nullptr;
  std::mutex cutting_; // guards whether there is a connection, for who cuts it off
  bool cut_off_ = false;
  std::unique_ptr<opened_connection> connection_;
  std::uint64_t generation_ = 0;
  std::chrono::steady_clock::time_point closed_until_{};
  std::string last_sqlstate_;
  std::string last_message_;
};

template <class Body>
auto link::read(Body body) -> outcome<std::invoke_result_t<Body, pqxx::nontransaction&>, database_failure> {
  for (;;) {
    if (stopped())
      return database_failure::stopped;
    const bool old = is_open();
    try {
      auto& open = connection();
      const auto guard = watched();
      pqxx::nontransaction transaction{open};
      auto value = body(transaction);
      transaction.commit();
      return value;
    } catch (const std::exception& error) {
      const auto failure = note(error);
      if (is_open() || !old)
        return failure;
    }
  }
}

template <class Body>
auto link::write(Body body) -> outcome<std::invoke_result_t<Body, pqxx::work&>, database_failure> {
  if (stopped())
    return database_failure::stopped;
  try {
    refresh();
    auto& open = connection();
    const auto guard = watched();
    pqxx::work transaction{open};
    auto value = body(transaction);
    transaction.commit();
    return value;
  } catch (const std::exception& error) {
    return note(error);
  }
}

std::int64_t number_in(const pqxx::field& field);
instant instant_in(const pqxx::field& field);
entity_kind kind_in(const pqxx::field& field);

/// The columns that `event_in` reads, in its order.
inline constexpr const char* event_columns =
    "j.kind, j.entity, j.version, j.epoch, j.at, j.trace_id, j.type, j.data::text, j.party";
/// From column `first` on.
stored_event event_in(const pqxx::row& row, pqxx::row::size_type first = 0);
std::vector<stored_event> events_in(const pqxx::result& rows);

} // namespace frontrow::persistence::detail
