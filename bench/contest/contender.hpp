#pragma once

#include "bench/contest/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace frontrow::bench {

/// How a concert lets people in.
struct door {
  std::int64_t rate_per_second;
  std::int64_t burst;
  std::int64_t max_active;
  std::int64_t capacity;

  /// Everybody at once.
  static door wide() { return {1'000'000, 1'000'000, 10'000'000, 10'000'000}; }
  /// Nobody: all but the first wait.
  static door narrow() { return {1, 1, 1, 10'000'000}; }
};

/// Halls of one concert, all alike: section A, tier R, rows of neighbours.
struct hall_shape {
  int halls = 1;
  int rows = 1;
  int seats_per_row = 1;
  std::int64_t price = 1'000;
  int max_seats_per_user = 1'000;
  int seats() const { return rows * seats_per_row; }
};

/// What a request has to bring along.
enum class checks {
  none, ///< the user's name in a header, believed
  same, ///< access token, queue token, Idempotency-Key
};

/// A system that runs and sells, with a database of its own. Started by its constructor, stopped by its
/// destructor.
class contender {
public:
  virtual ~contender() = default;

  virtual checks checked() const = 0;
  virtual std::uint16_t port() const = 0;
  /// The processes from which all that serve descend, PostgreSQL's and Redis' included.
  virtual std::vector<pid_t> serving() const = 0;
  /// The service's own processes, databases not included.
  virtual std::vector<pid_t> programs() const = 0;

  virtual std::int64_t open_concert(const door& how) = 0;
  /// Another door for a concert that people wait for. Only Frontrow is asked for that.
  virtual void change_door(std::int64_t concert, const door& how);
  /// Numbers of the options.
  virtual std::vector<std::int64_t> open_halls(std::int64_t concert, const hall_shape& shape) = 0;

  /// What its database tells of these options, users and concerts.
  virtual std::vector<hold_record> holds(std::int64_t option_from, std::int64_t option_to) = 0;
  virtual std::vector<charge_record> charges(std::int64_t user_from, std::int64_t user_to) = 0;
  virtual std::map<std::int64_t, std::int64_t> balances(std::int64_t user_from, std::int64_t user_to) = 0;
  virtual std::vector<payment_record> payments(std::int64_t user_from, std::int64_t user_to) = 0;
  virtual std::vector<std::int64_t> places(std::int64_t concert) = 0;
  /// Whether seats can be given out by the system's own choice without an index that only this needs; called
  /// before.
  virtual void prepare_best_available() {}
  /// What else it can say about itself: `frontrow audit`.
  virtual std::optional<std::string> audit_complaint() { return std::nullopt; }
};

/// One program that is all in one, or two nodes and a front, each with the defaults but for rate limits.
/// `options` as on its command line.
std::unique_ptr<contender> start_frontrow(std::vector<std::string> options = {});
std::unique_ptr<contender> start_frontrow_cluster();

/// The service in bench/baselines/node.
struct node_terms {
  std::string way; ///< conditional, pessimistic, optimistic, redis-lock
  checks checked = checks::none;
  std::string append_fsync; ///< of Redis: everysec or always
};
std::unique_ptr<contender> start_node_service(const node_terms& terms);

/// The rows of a query's text as psql writes it unaligned.
std::vector<std::vector<std::string>> rows_of(const std::string& text);
/// A positive number as Frontrow writes it in its ids: Crockford's base 32 in lower case.
std::string base32_of(std::int64_t number);
/// "[1,2]" or "{1,2}" or "[1, 2]".
std::vector<int> numbers_of(const std::string& text);

} // namespace frontrow::bench
