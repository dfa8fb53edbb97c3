#pragma once

#include "persistence/outcome.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace frontrow::persistence {

namespace detail {
class link;
} // namespace detail

struct session_settings {
  /// Whether PostgreSQL plans a statement for the values it comes with, or once for all. Once is for connections
  /// whose every statement finds its rows by an index whatever the values are; planning a load took longer than
  /// running it.
  enum class plans { by_value, once };
  /// For one attempt to connect; libpq counts whole seconds, at least 2.
  std::chrono::seconds connect_timeout{3};
  /// PostgreSQL's statement_timeout; 0 is none.
  std::chrono::milliseconds statement_timeout{30'000};
  /// How long beyond statement_timeout a call waits for the server's word before it cuts the connection off: it
  /// covers the network and a server busy with ending the statement. Without a statement_timeout there is no limit.
  std::chrono::milliseconds reply_margin{5'000};
  /// PostgreSQL's lock_timeout; 0 is none.
  std::chrono::milliseconds lock_timeout{0};
  /// After a failed attempt to connect, for how long calls are answered "away" without another one.
  std::chrono::milliseconds retry_after{500};
  plans planned = plans::by_value;
  /// Shown in pg_stat_activity.
  std::string application_name = "frontrow";
};

/// A connection to one database that opens itself when it is needed and again after it was lost.
/// One thread at a time. Blocks: never use it on an actor's or an I/O thread. A call ends even when the server stands
/// still: after connect_timeout for each host, or statement_timeout + reply_margin once connected, twice at most
/// (a connection that was lost since its last use is opened again).
class database_session {
public:
  explicit database_session(std::string dsn, session_settings settings = {});
  ~database_session();
  database_session(database_session&&) noexcept;
  database_session& operator=(database_session&&) noexcept;

  /// Whether the database answers a trivial query now.
  bool answers();

  /// For this folder's own files.
  detail::link& link() { return *link_; }

private:
  std::unique_ptr<detail::link> link_;
};

} // namespace frontrow::persistence
