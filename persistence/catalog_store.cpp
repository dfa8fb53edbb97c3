#include "persistence/catalog_store.hpp"

#include "persistence/link.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace frontrow::persistence {

namespace {

using detail::instant_in;
using detail::number_in;

constexpr auto reserve_answer = "insert into kept_answer (scope, key, fingerprint, answer, at) "
                                "values ($1, $2, $3, '', $4) on conflict do nothing returning 1";
constexpr auto read_answer = "select fingerprint, answer from kept_answer where scope = $1 and key = $2";
constexpr auto keep_answer = "update kept_answer set answer = $3 where scope = $1 and key = $2";
constexpr auto delete_answers = "delete from kept_answer where at < $1::bigint";

constexpr auto insert_concert = "insert into concert (title, queue, created_at) values ($1, $2::jsonb, $3::bigint) "
                                "returning concert_id, title, queue::text, created_at, opened";
constexpr auto insert_option =
    "insert into option (concert_id, title, starts_at, duration_minutes, definition, created_at) "
    "values ($1::bigint, $2, $3::bigint, $4::int, $5::jsonb, $6::bigint) "
    "returning option_id, concert_id, title, starts_at, duration_minutes, definition::text, created_at, opened";
constexpr auto insert_user = "insert into app_user (name, created_at) values ($1, $2::bigint) "
                             "returning user_id, name, created_at";

#define FRONTROW_CONCERTS "select concert_id, title, queue::text, created_at, opened from concert "
#define FRONTROW_OPTIONS                                                                                               \
  "select option_id, concert_id, title, starts_at, duration_minutes, definition::text, created_at, opened from option "
constexpr auto select_concerts = FRONTROW_CONCERTS "where concert_id > $1::bigint order by concert_id limit $2::bigint";
constexpr auto select_concert = FRONTROW_CONCERTS "where concert_id = $1::bigint";
constexpr auto select_options = FRONTROW_OPTIONS "where option_id > $1::bigint order by option_id limit $2::bigint";
constexpr auto select_options_of = FRONTROW_OPTIONS "where concert_id = $1::bigint order by starts_at, option_id";
constexpr auto select_option = FRONTROW_OPTIONS "where option_id = $1::bigint";
#undef FRONTROW_CONCERTS
#undef FRONTROW_OPTIONS
constexpr auto select_user = "select user_id, name, created_at from app_user where user_id = $1::bigint";

// In the transaction of the change: whoever sees the version sees the change. It is how the fronts hear of it.
#define FRONTROW_RAISE_VERSION "update cluster set catalog_version = catalog_version + 1"
constexpr auto raise_version = FRONTROW_RAISE_VERSION;
#define FRONTROW_CHANGED(update)                                                                                        \
  "with changed as (" update " returning 1), "                                                                         \
  "raised as (" FRONTROW_RAISE_VERSION " where exists (select from changed)) "
constexpr auto open_concert =
    FRONTROW_CHANGED("update concert set opened = true where concert_id = $1::bigint and not opened")
    "select exists (select from concert where concert_id = $1::bigint)";
constexpr auto open_option =
    FRONTROW_CHANGED("update option set opened = true where option_id = $1::bigint and not opened")
    "select exists (select from option where option_id = $1::bigint)";
constexpr auto update_queue = FRONTROW_CHANGED("update concert set queue = $2::jsonb where concert_id = $1::bigint")
    "select exists (select from concert where concert_id = $1::bigint)";
#undef FRONTROW_CHANGED
#undef FRONTROW_RAISE_VERSION

bool is_true(const pqxx::field& field) {
  return std::string_view{field.c_str()} == "t";
}

opening opening_in(const pqxx::field& field) {
  return is_true(field) ? opening::opened : opening::announced;
}

concert_row concert_in(const pqxx::row& row) {
  return {number_in(row[0]), row[1].c_str(), row[2].c_str(), instant_in(row[3]), opening_in(row[4])};
}

option_row option_in(const pqxx::row& row) {
  return {number_in(row[0]),  number_in(row[1]),  row[2].c_str(),
          instant_in(row[3]), static_cast<std::int32_t>(number_in(row[4])),
          row[5].c_str(),     instant_in(row[6]), opening_in(row[7])};
}

user_row user_in(const pqxx::row& row) {
  return {number_in(row[0]), row[1].c_str(), instant_in(row[2])};
}

std::int64_t milliseconds_of(instant at) {
  return at.time_since_epoch().count();
}

/// Texts go to the server as C strings: one with a NUL byte would be cut in silence.
template <class... Texts>
bool has_nul(const Texts&... texts) {
  return ((texts.find('\0') != std::string::npos) || ...);
}

/// Runs `insert` once for a key; a repeat gets the first answer.
template <class Row, class Insert>
catalog_answer<creation<Row>> create(database_session& session, const std::optional<idempotency_key>& key,
                                     instant at, const std::function<std::string(const Row&)>& answer_of,
                                     Insert insert) {
  if (key && has_nul(key->scope, key->key, key->fingerprint))
    return database_failure::rejected;
  return session.link().write([&](pqxx::work& transaction) -> creation<Row> {
    // Of two at once the second waits here until the first has committed.
    if (key && transaction.exec_params(reserve_answer, key->scope, key->key, key->fingerprint, milliseconds_of(at))
                   .empty()) {
      const auto kept = transaction.exec_params1(read_answer, key->scope, key->key);
      if (kept[0].c_str() != key->fingerprint)
        return key_reused{};
      return answered_before{kept[1].c_str()};
    }
    created<Row> made{insert(transaction), {}};
    made.answer = answer_of(made.row);
    if (key)
      transaction.exec_params0(keep_answer, key->scope, key->key, made.answer);
    return made;
  });
}

template <class Row>
catalog_answer<std::vector<Row>> list(database_session& session, const char* query, std::int64_t after,
                                      std::size_t limit, Row (*row_in)(const pqxx::row&)) {
  return session.link().read([&](pqxx::nontransaction& transaction) {
    std::vector<Row> rows;
    for (const auto& row : transaction.exec_params(query, after, static_cast<std::int64_t>(limit)))
      rows.push_back(row_in(row));
    return rows;
  });
}

template <class Row>
catalog_answer<std::optional<Row>> find(database_session& session, const char* query, std::int64_t id,
                                        Row (*row_in)(const pqxx::row&)) {
  return session.link().read([&](pqxx::nontransaction& transaction) -> std::optional<Row> {
    const auto rows = transaction.exec_params(query, id);
    if (rows.empty())
      return std::nullopt;
    return row_in(rows[0]);
  });
}

catalog_answer<bool> mark(database_session& session, const char* statement, std::int64_t id) {
  return session.link().read([&](pqxx::nontransaction& transaction) {
    return is_true(transaction.exec_params1(statement, id)[0]);
  });
}

} // namespace

catalog_answer<creation<concert_row>> create_concert(database_session& session, const concert_row& draft,
                                                     const std::optional<idempotency_key>& key,
                                                     const std::function<std::string(const concert_row&)>& answer_of) {
  if (has_nul(draft.title, draft.queue))
    return database_failure::rejected;
  return create<concert_row>(session, key, draft.created_at, answer_of, [&](pqxx::work& transaction) {
    const auto row = concert_in(
        transaction.exec_params1(insert_concert, draft.title, draft.queue, milliseconds_of(draft.created_at)));
    transaction.exec0(raise_version);
    return row;
  });
}

catalog_answer<creation<option_row>> create_option(database_session& session, const option_row& draft,
                                                   const std::optional<idempotency_key>& key,
                                                   const std::function<std::string(const option_row&)>& answer_of) {
  if (has_nul(draft.title, draft.definition))
    return database_failure::rejected;
  return create<option_row>(session, key, draft.created_at, answer_of, [&](pqxx::work& transaction) {
    const auto row = option_in(transaction.exec_params1(insert_option, draft.concert, draft.title,
                                                        milliseconds_of(draft.starts_at), draft.duration_minutes,
                                                        draft.definition, milliseconds_of(draft.created_at)));
    transaction.exec0(raise_version);
    return row;
  });
}

catalog_answer<creation<user_row>> create_user(database_session& session, const user_row& draft,
                                               const std::optional<idempotency_key>& key,
                                               const std::function<std::string(const user_row&)>& answer_of) {
  if (has_nul(draft.name))
    return database_failure::rejected;
  return create<user_row>(session, key, draft.created_at, answer_of, [&](pqxx::work& transaction) {
    return user_in(transaction.exec_params1(insert_user, draft.name, milliseconds_of(draft.created_at)));
  });
}

catalog_answer<std::vector<concert_row>> list_concerts(database_session& session, domain::concert_id after,
                                                       std::size_t limit) {
  return list<concert_row>(session, select_concerts, after, limit, concert_in);
}

catalog_answer<std::vector<option_row>> list_options(database_session& session, domain::option_id after,
                                                     std::size_t limit) {
  return list<option_row>(session, select_options, after, limit, option_in);
}

catalog_answer<std::vector<option_row>> options_of(database_session& session, domain::concert_id concert) {
  return session.link().read([&](pqxx::nontransaction& transaction) {
    std::vector<option_row> rows;
    for (const auto& row : transaction.exec_params(select_options_of, concert))
      rows.push_back(option_in(row));
    return rows;
  });
}

catalog_answer<std::optional<concert_row>> find_concert(database_session& session, domain::concert_id concert) {
  return find<concert_row>(session, select_concert, concert, concert_in);
}

catalog_answer<std::optional<option_row>> find_option(database_session& session, domain::option_id option) {
  return find<option_row>(session, select_option, option, option_in);
}

catalog_answer<std::optional<user_row>> find_user(database_session& session, user_id user) {
  return find<user_row>(session, select_user, user, user_in);
}

catalog_answer<bool> mark_concert_opened(database_session& session, domain::concert_id concert) {
  return mark(session, open_concert, concert);
}

catalog_answer<bool> mark_option_opened(database_session& session, domain::option_id option) {
  return mark(session, open_option, option);
}

catalog_answer<bool> set_queue_policy(database_session& session, domain::concert_id concert, const std::string& queue) {
  if (has_nul(queue))
    return database_failure::rejected;
  return session.link().read([&](pqxx::nontransaction& transaction) {
    return is_true(transaction.exec_params1(update_queue, concert, queue)[0]);
  });
}

catalog_answer<std::size_t> forget_answers(database_session& session, instant before) {
  return session.link().read([&](pqxx::nontransaction& transaction) {
    return static_cast<std::size_t>(transaction.exec_params(delete_answers, milliseconds_of(before)).affected_rows());
  });
}

} // namespace frontrow::persistence
