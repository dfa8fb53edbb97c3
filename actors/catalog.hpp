#pragma once

#include "actors/node.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map_terms.hpp"
#include "persistence/catalog_store.hpp"
#include "persistence/database_session.hpp"
#include "persistence/outcome.hpp"

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace frontrow::actors {

/// A date on sale.
struct option_on_sale {
  domain::option_id option = 0;
  domain::concert_id concert = 0;
  std::string title;
  domain::instant starts_at{};
  std::int32_t duration_minutes = 0;
  domain::option_terms terms;
  std::int32_t seats = 0;
  domain::money min_price = 0;
  domain::money max_price = 0;
};
using option_on_show = std::shared_ptr<const option_on_sale>;

struct concert_on_sale {
  domain::concert_id concert = 0;
  std::string title;
  domain::queue_policy policy;
  std::vector<option_on_show> options; ///< by start, then id
};
using concert_on_show = std::shared_ptr<const concert_on_sale>;

/// The whole catalog at one moment. Never changes: hold it as long as you use what it gave.
class catalog_snapshot {
public:
  /// Null when there is none (or it is not open yet).
  const concert_on_sale* concert(domain::concert_id concert) const;
  option_on_show option(domain::option_id option) const;
  /// Ascending by id, those after `after`, at most `limit`.
  std::vector<concert_on_show> concerts_after(domain::concert_id after, std::size_t limit) const;
  bool empty() const { return concerts_.empty(); }

private:
  friend class catalog;
  std::map<domain::concert_id, concert_on_show> concerts_;
  boost::unordered_flat_map<domain::option_id, option_on_show> options_;
};

enum class catalog_failure : std::uint8_t {
  unavailable, ///< the database or the actor did not answer; the same may succeed later
  not_found,   ///< there is no such concert
  key_reused,  ///< the idempotency key came with another body before
  invalid,     ///< the rules refuse it
  unreadable,  ///< a stored definition is not what this program writes
};

/// Concerts and their options, in memory for every request, in the first database for good.
///
/// What is new goes: row, then its actor (queue or seat map) is opened, then the row is marked, then it is on
/// show. A crash between two of these is made good by whoever starts next, or by the next creation here.
/// `now` and `loaded` are for any thread and never block; everything else blocks, one at a time.
class catalog {
public:
  template <class Value>
  using answer = persistence::outcome<Value, catalog_failure>;

  /// `at` must be started before the first call. `first_database` is the catalog's own connection.
  catalog(node& at, persistence::database_session first_database);

  std::shared_ptr<const catalog_snapshot> now() const;
  /// Whether everything has been read once and nothing announced is still to be opened.
  bool loaded() const { return loaded_.load(); }

  /// Reads everything, opens what is announced and not yet open. Whoever hears that another node has changed
  /// the catalog calls it again.
  answer<persistence::done> reload();
  /// For the start: the journal's writers connect on their own, so `unavailable` is tried again until then.
  answer<persistence::done> load(std::chrono::milliseconds patience);

  /// Repeats under the same key give the first id again.
  answer<domain::concert_id> create_concert(const std::string& title, const domain::queue_policy& policy,
                                            const std::optional<persistence::idempotency_key>& key,
                                            const std::string& trace);

  struct option_draft {
    std::string title;
    domain::instant starts_at{};
    std::int32_t duration_minutes = 0;
    domain::option_terms terms; ///< with its concert
  };
  answer<option_on_show> create_option(const option_draft& draft,
                                       const std::optional<persistence::idempotency_key>& key,
                                       const std::string& trace);

  /// `change` makes the new policy of the present one; nothing: it is not valid.
  using policy_change = std::function<std::optional<domain::queue_policy>(const domain::queue_policy&)>;
  answer<domain::queue_view> change_policy(domain::concert_id concert, const policy_change& change,
                                           const std::string& trace);

private:
  struct known_concert {
    concert_on_sale about; // without its options
    persistence::opening state{};
  };
  struct known_option {
    option_on_show about;
    persistence::opening state{};
  };

  /// Everything that the tables hold, opened or not.
  struct known {
    std::map<domain::concert_id, known_concert> concerts;
    std::map<domain::option_id, known_option> options;
    std::set<domain::concert_id> announced_concerts;
    std::set<domain::option_id> announced_options;

    /// False: the definition is not one that this program writes.
    bool take_in(const persistence::concert_row& row);
    bool take_in(const persistence::option_row& row);
  };

  /// All or nothing: after a failure what was known before stays known.
  answer<persistence::done> read_all();
  answer<persistence::done> open_announced(const std::string& trace);
  answer<persistence::done> open(known_concert& which, const std::string& trace);
  answer<persistence::done> open(known_option& which, const std::string& trace);
  void publish();

  node& node_;
  std::mutex changing_; // one change at a time; guards all but shown_
  persistence::database_session database_;
  known known_;

  std::atomic<bool> loaded_{false};
  mutable std::mutex showing_;
  std::shared_ptr<const catalog_snapshot> shown_;
};

} // namespace frontrow::actors
