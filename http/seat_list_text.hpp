#pragma once

#include "domain/seat_map.hpp"

#include <optional>
#include <string>
#include <vector>

namespace frontrow::http {

/// Writes an option's seats as JSON text, fast: everything but the statuses is laid out once, then a text of
/// 10,000 seats is one copy of a megabyte and a byte or ten per seat that is not available.
///
/// So that a status can be written over another one, each takes the room of the longest; what is left is
/// blank: `"status":"HELD"     }`.
class seat_list_layout {
public:
  explicit seat_list_layout(const domain::option_terms& terms);

  /// {"optionId","version","seats":[{"seatId","seatNumber","section","row","tier","price","status"}]}
  std::string text(domain::option_id option, const domain::seat_list& list,
                   std::optional<domain::seat_status> only) const;
  std::size_t seats() const { return status_at_.size(); }

private:
  std::string all_available_;          // the seats, comma separated
  std::vector<std::size_t> begins_at_; // by seat id − 1, and the end
  std::vector<std::size_t> status_at_; // of the first character of the status
};

} // namespace frontrow::http
