#pragma once

#include "actors/catalog.hpp"
#include "actors/node.hpp"
#include "http/access_token.hpp"
#include "http/front_door.hpp"
#include "http/live_hub.hpp"
#include "http/place_desk.hpp"
#include "http/seat_list_cache.hpp"
#include "http/ticket.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace frontrow::http {

enum class registration : std::uint8_t { closed, open };

struct front_limits {
  /// `limit` of a list when none is given, and the most that may be asked for: a page stays below 64 KiB.
  std::size_t page_standard = 20;
  std::size_t page_max = 100;
  /// Life of a token that `POST /api/v1/users` issues.
  std::chrono::seconds token_life{86'400};
  registration users = registration::open;
};

/// What the public routes need. All of it outlives the routes.
struct front {
  actors::node& node;
  actors::catalog& catalog;
  seat_list_cache& seat_lists;
  live_hub& live;
  place_desk& places;
  const access_tokens& tokens;
  clock_source now;
  front_limits limits;
  /// Fills with bytes that nobody can guess; `secure_random` but in tests.
  std::function<void(std::span<std::uint8_t>)> random;
  const ticket_signer& tickets;
};

/// The operating system's cryptographic random bytes. Aborts when there are none: guessable tokens would be
/// worse than none.
void secure_random(std::span<std::uint8_t> bytes);

} // namespace frontrow::http
