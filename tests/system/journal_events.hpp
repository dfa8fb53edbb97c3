#pragma once

#include "deployment.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace frontrow::test {

/// One row of an actor's journal, as the operators' listener shows it.
struct journal_event {
  std::int64_t version = 0;
  std::int64_t at = 0; ///< milliseconds since 1970 by the database's clock
  std::string trace_id;
  std::string type;
  json data;
};

/// All events of one actor; `kind` is `seat_map`, `account` or `queue`.
std::vector<journal_event> journal_of(deployment& house, const std::string& kind, std::int64_t id);
/// The same, where `get` answers an operators' path.
std::vector<journal_event> journal_of(const std::function<json(const std::string&)>& get, const std::string& kind,
                                      std::int64_t id);

/// What a concert's queue did, by its journal alone, held against the promises: never more than rate x time + burst
/// admitted, first come first served, never more than maxActive shopping, one place a user.
struct queue_record {
  /// Broken promises, in words.
  std::vector<std::string> complaints;
  std::vector<std::int64_t> users_in_order; ///< of joining
  std::vector<std::int64_t> admitted_users; ///< in order of admission
  std::int64_t active_most = 0;
  std::int64_t first_admission_at = 0;
  std::int64_t last_admission_at = 0;
};
queue_record examine_queue(const std::vector<journal_event>& events);

} // namespace frontrow::test
