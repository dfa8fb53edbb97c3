#pragma once

#include "bench/contest/caller.hpp"
#include "bench/load/client.hpp"
#include "bench/load/measurement.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace frontrow::bench {

/// Those who join a concert's queue and what they were told.
struct joining {
  std::int64_t concert;
  std::vector<caller>& people;
  std::vector<std::int64_t> positions; ///< of each; 0: inside at once
  std::size_t next = 0;
  std::size_t end;                     ///< who stands there joins no more
  std::vector<std::int64_t> told = {}; ///< users, as they were acknowledged
};
/// One after the other over this connection, until all have or the time is over.
visit join_all(client& over, std::size_t connection, pace& turns, meter& into, joining& who);
/// At most one of those who joined through a narrow door is inside.
std::optional<std::string> positions_complaint(const joining& who);

/// Those who wait and where each of them stands.
struct polling {
  std::span<caller> people;
  std::span<std::int64_t> positions; ///< as told so far; 0: not yet
  std::size_t next = 0;
  std::size_t left = std::numeric_limits<std::size_t>::max(); ///< turns until it is over
};
/// Asks here and there in a room whose door is closed: nobody moves. As many turns as there are people ask each of them once.
visit poll_on(client& over, std::size_t connection, pace& turns, meter& into, polling& who);
/// No two stand at one place, nobody behind the last.
std::optional<std::string> order_complaint(const polling& who);

} // namespace frontrow::bench
