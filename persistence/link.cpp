#include "persistence/link.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <system_error>
#include <utility>

namespace frontrow::persistence::detail {

namespace {

bool starts_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

bool is_uri(const std::string& dsn) {
  return starts_with(dsn, "postgresql://") || starts_with(dsn, "postgres://");
}

} // namespace

std::string sqlstate_of(const std::exception& error) {
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error))
    return sql->sqlstate();
  return {};
}

fault fault_of(const std::exception& error) {
  if (dynamic_cast<const pqxx::broken_connection*>(&error) || dynamic_cast<const pqxx::in_doubt_error*>(&error) ||
      dynamic_cast<const pqxx::statement_completion_unknown*>(&error))
    return fault::lost;
  if (dynamic_cast<const pqxx::transaction_rollback*>(&error))
    return fault::transient;
  if (dynamic_cast<const std::system_error*>(&error)) // no descriptor left, say
    return fault::lost;
  if (!dynamic_cast<const pqxx::sql_error*>(&error))
    // What the program itself got wrong (conversion, usage) will not get better by trying again.
    return dynamic_cast<const pqxx::failure*>(&error) ? fault::lost : fault::permanent;
  const auto state = sqlstate_of(error);
  if (state.empty() || state == "40003" || starts_with(state, "08") || starts_with(state, "57P") ||
      starts_with(state, "25"))
    return fault::lost;
  for (const std::string_view some : {"40", "53", "55P03", "57", "58"})
    if (starts_with(state, some))
      return fault::transient;
  return fault::permanent;
}

std::string first_line(const std::exception& error) {
  const std::string all = error.what();
  return all.substr(0, all.find('\n'));
}

std::string with_defaults(const std::string& dsn, const session_settings& settings) {
  const std::pair<std::string, std::string> defaults[] = {
      {"connect_timeout", std::to_string(std::max<std::int64_t>(2, settings.connect_timeout.count()))},
      {"application_name", settings.application_name},
      // A peer that vanished without a word is noticed within seconds, not after TCP's quarter of an hour.
      {"tcp_user_timeout", "10000"},
      {"keepalives_idle", "5"},
      {"keepalives_interval", "2"},
      {"keepalives_count", "3"},
  };
  std::string whole = dsn;
  for (const auto& [name, value] : defaults) {
    if (dsn.find(name) != std::string::npos)
      continue;
    if (is_uri(dsn))
      whole += (whole.find('?') == std::string::npos ? '?' : '&') + name + '=' + value;
    else
      whole += ' ' + name + "='" + value + '\'';
  }
  return whole;
}

/// A plan that is kept must not be one for the small table that it was made on.
constexpr auto planned_once = "; set plan_cache_mode = force_generic_plan; set enable_seqscan = off";

opened_connection::opened_connection(const std::string& dsn, const session_settings& settings)
    : connection_(with_defaults(dsn, settings)), socket_(connection_.sock()), quiet_(connection_) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  // libpq's own limit ends with the handshake.
  const auto guard = watched_until(std::chrono::steady_clock::now() + settings.connect_timeout);
  pqxx::nontransaction transaction{connection_};
  transaction.exec0("set client_min_messages = error; set statement_timeout = " +
                    std::to_string(settings.statement_timeout.count()) +
                    "; set lock_timeout = " + std::to_string(settings.lock_timeout.count()) +
                    "; set idle_in_transaction_session_timeout = 0; set standard_conforming_strings = on" +
                    (settings.planned == session_settings::plans::once ? planned_once : ""));
}

namespace {

/// Watches a connection that came without its handle.
class trivial_statements {
public:
  explicit trivial_statements(pqxx::connection_base& on)
      : socket_(on.sock()),
        guard_(watch_->until(std::chrono::steady_clock::now() + trivial_statement_limit, socket_)) {}

private:
  std::shared_ptr<deadline_watch> watch_ = deadline_watch::shared();
  socket_handle socket_;
  deadline_watch::guard guard_;
};

} // namespace

backend_id own_backend(pqxx::connection_base& connection) {
  const trivial_statements watched{connection};
  pqxx::nontransaction transaction{connection};
  const auto row = transaction.exec1("select pid, backend_start::text from pg_stat_activity where pid = pg_backend_pid()");
  return {static_cast<std::int32_t>(number_in(row[0])), row[1].c_str()};
}

backend_id register_backend(pqxx::connection_base& connection, const std::string& incarnation) {
  static constexpr auto forget = "delete from backend b where not exists "
                                 "(select from pg_stat_activity a where a.pid = b.pid and a.backend_start = b.backend_start)";
  static constexpr auto insert =
      "insert into backend (incarnation, pid, backend_start) "
      "select $1::uuid, pid, backend_start from pg_stat_activity where pid = pg_backend_pid() "
      "on conflict (pid, backend_start) do update set incarnation = excluded.incarnation "
      "returning pid, backend_start::text";
  const trivial_statements watched{connection};
  pqxx::nontransaction transaction{connection};
  transaction.exec0(forget);
  const auto row = transaction.exec_params1(insert, incarnation);
  return {static_cast<std::int32_t>(number_in(row[0])), row[1].c_str()};
}

bool end_backend(pqxx::connection_base& connection, const backend_id& backend) {
  // Its row leaves pg_stat_activity only after its transaction has ended.
  static constexpr auto end = "select pg_terminate_backend(pid) from pg_stat_activity "
                              "where pid = $1::int and backend_start = $2::timestamptz and pid <> pg_backend_pid()";
  const trivial_statements watched{connection};
  pqxx::nontransaction transaction{connection};
  return transaction.exec_params(end, backend.pid, backend.started).empty();
}

link::link(std::string dsn, session_settings settings) : dsn_(std::move(dsn)), settings_(std::move(settings)) {}

pqxx::connection_base& link::connection() {
  if (!connection_) {
    if (std::chrono::steady_clock::now() < closed_until_)
      throw pqxx::broken_connection("the last attempt to connect failed a moment ago");
    try {
      auto opened = std::make_unique<opened_connection>(dsn_, settings_);
      const std::lock_guard lock{cutting_};
      if (cut_off_)
        throw pqxx::broken_connection("the connection was cut off");
      connection_ = std::move(opened);
    } catch (...) {
      closed_until_ = std::chrono::steady_clock::now() + settings_.retry_after;
      throw;
    }
    ++generation_;
  }
  return **connection_;
}

void link::close() {
  const std::lock_guard lock{cutting_};
  connection_.reset();
}

void link::cut_off() {
  const std::lock_guard lock{cutting_};
  cut_off_ = true;
  if (connection_)
    connection_->cut_off();
}

std::unique_ptr<const deadline_watch::guard> link::watched() const {
  if (!connection_ || settings_.statement_timeout == std::chrono::milliseconds{0})
    return nullptr;
  const auto deadline = std::chrono::steady_clock::now() + settings_.statement_timeout + settings_.reply_margin;
  return std::unique_ptr<const deadline_watch::guard>(new deadline_watch::guard(connection_->watched_until(deadline)));
}

database_failure link::note(const std::exception& error) {
  last_sqlstate_ = sqlstate_of(error);
  last_message_ = first_line(error);
  const auto kind = fault_of(error);
  if (kind == fault::lost || (connection_ && !(*connection_)->is_open()))
    close();
  if (stopped()) // not the database's doing
    return database_failure::stopped;
  if (kind == fault::permanent)
    spdlog::error("the database refused a statement ({}): {}", last_sqlstate_, last_message_);
  else
    spdlog::warn("a database is away ({}): {}", last_sqlstate_, last_message_);
  return kind == fault::permanent ? database_failure::rejected : database_failure::away;
}

void link::refresh() {
  if (is_open()) {
    try {
      const auto guard = watched();
      pqxx::nontransaction transaction{connection()};
      transaction.exec1("select 1");
    } catch (const std::exception&) {
      close();
    }
  }
  connection();
}

std::int64_t number_in(const pqxx::field& field) {
  std::int64_t number = 0;
  const char* begin = field.c_str();
  const auto read = std::from_chars(begin, begin + field.size(), number);
  assert(read.ec == std::errc{});
  return number;
}

instant instant_in(const pqxx::field& field) {
  return instant{std::chrono::milliseconds{number_in(field)}};
}

entity_kind kind_in(const pqxx::field& field) {
  const std::string_view name{field.c_str(), field.size()};
  for (const auto kind : {entity_kind::seat_map, entity_kind::account, entity_kind::queue})
    if (domain::name_of(kind) == name)
      return kind;
  assert(!"an entity kind that this program does not know");
  std::abort();
}

stored_event event_in(const pqxx::row& row, pqxx::row::size_type first) {
  const auto text = [&](pqxx::row::size_type nth) {
    const auto field = row[first + nth];
    return std::string{field.c_str(), field.size()};
  };
  stored_event event{.entity = {kind_in(row[first]), number_in(row[first + 1])},
                     .version = number_in(row[first + 2]),
                     .epoch = number_in(row[first + 3]),
                     .row = {.type = text(6),
                             .data = text(7),
                             .at = instant_in(row[first + 4]),
                             .trace_id = text(5),
                             .party = {}}};
  if (!row[first + 8].is_null())
    event.row.party = number_in(row[first + 8]);
  return event;
}

std::vector<stored_event> events_in(const pqxx::result& rows) {
  std::vector<stored_event> events;
  events.reserve(static_cast<std::size_t>(rows.size()));
  for (const auto& row : rows)
    events.push_back(event_in(row));
  return events;
}

} // namespace frontrow::persistence::detail
