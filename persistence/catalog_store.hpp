#pragma once

#include "persistence/database_session.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/outcome.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// The catalog: concerts, their options (dates), users, and the answers to POSTs that carried a key. Plain
/// functions on a session with the first database; they block, so they run on a reader's or another own thread.
namespace frontrow::persistence {

template <class Value>
using catalog_answer = outcome<Value, database_failure>;

/// A concert or option is `opened` once its queue or seat map exists in the journal; until then it is not on
/// show, and whoever starts next opens it.
enum class opening { announced, opened };

struct concert_row {
  domain::concert_id concert = 0;
  std::string title;
  std::string queue; ///< the queue's policy as JSON text
  instant created_at{};
  opening state = opening::announced;
};

struct option_row {
  domain::option_id option = 0;
  domain::concert_id concert = 0;
  std::string title;
  instant starts_at{};
  std::int32_t duration_minutes = 0;
  std::string definition; ///< sections, prices and rules as JSON text
  instant created_at{};
  opening state = opening::announced;
};

struct user_row {
  user_id user = 0;
  std::string name;
  instant created_at{};
};

/// Under which a POST is recognised when it comes again.
struct idempotency_key {
  std::string scope; ///< who and what is addressed
  std::string key;
  std::string fingerprint; ///< of the body: another one under the same key is refused
};

/// What a creation came to.
template <class Row>
struct created {
  Row row;
  std::string answer; ///< what `answer_of` made of the row
};
struct answered_before {
  std::string answer; ///< the first answer
};
struct key_reused {};
template <class Row>
using creation = std::variant<created<Row>, answered_before, key_reused>;

/// Creates the row named by all but its id and state, and keeps the answer under the key, in one transaction.
/// `answer_of` renders the answer from the row with its id. Of two calls at once with one key, one creates.
catalog_answer<creation<concert_row>> create_concert(database_session& session, const concert_row& draft,
                                                     const std::optional<idempotency_key>& key,
                                                     const std::function<std::string(const concert_row&)>& answer_of);
/// `rejected` when there is no such concert.
catalog_answer<creation<option_row>> create_option(database_session& session, const option_row& draft,
                                                   const std::optional<idempotency_key>& key,
                                                   const std::function<std::string(const option_row&)>& answer_of);
catalog_answer<creation<user_row>> create_user(database_session& session, const user_row& draft,
                                               const std::optional<idempotency_key>& key,
                                               const std::function<std::string(const user_row&)>& answer_of);

/// Ascending by id, those after `after`, at most `limit`.
catalog_answer<std::vector<concert_row>> list_concerts(database_session& session, domain::concert_id after,
                                                       std::size_t limit);
catalog_answer<std::vector<option_row>> list_options(database_session& session, domain::option_id after,
                                                     std::size_t limit);
/// Of one concert, by start and id.
catalog_answer<std::vector<option_row>> options_of(database_session& session, domain::concert_id concert);
catalog_answer<std::optional<concert_row>> find_concert(database_session& session, domain::concert_id concert);
catalog_answer<std::optional<option_row>> find_option(database_session& session, domain::option_id option);
catalog_answer<std::optional<user_row>> find_user(database_session& session, user_id user);

/// Repeating these does nothing. False: there is no such row.
catalog_answer<bool> mark_concert_opened(database_session& session, domain::concert_id concert);
catalog_answer<bool> mark_option_opened(database_session& session, domain::option_id option);
/// The catalog's copy of a queue's policy, JSON text. False: there is no such concert.
catalog_answer<bool> set_queue_policy(database_session& session, domain::concert_id concert, const std::string& queue);

/// Forgets kept answers older than `before`; tells how many.
catalog_answer<std::size_t> forget_answers(database_session& session, instant before);

} // namespace frontrow::persistence
