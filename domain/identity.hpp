#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <string_view>

/// What everything in Frontrow is called: times, money, people, seats, actors, commands.
namespace frontrow::domain {

/// A point in time by the database's clock, in milliseconds since 1970-01-01 UTC.
using instant = std::chrono::sys_time<std::chrono::milliseconds>;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Money in minor units (KRW has none: 150000 is 150,000 won).
using money = std::int64_t;

using user_id = std::int64_t;
using concert_id = std::int64_t;
using option_id = std::int64_t;
/// A seat within its option, from 1, in the order of sections, rows and numbers.
using seat_id = std::int32_t;
/// A reservation or payment within its option: the version of the event that made it.
using event_number = std::int64_t;
/// A place in a concert's queue: the how-manieth to join since it was opened, from 1.
using place_number = std::int64_t;

/// The kinds of actors. Their numbers and names stand in the journal and are never changed.
enum class entity_kind : std::uint8_t { seat_map = 1, account = 2, queue = 3 };

/// One actor: the seat map of option `id`, the account of user `id`, the queue of concert `id`.
struct entity_ref {
  entity_kind kind{};
  std::int64_t id = 0;
  auto operator<=>(const entity_ref&) const = default;
};

/// Under which a command is recognised when it comes again: 128 bits, random, or derived from the
/// caller's Idempotency-Key. All zero means none.
struct command_id {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const command_id&) const = default;
  explicit operator bool() const { return (high | low) != 0; }
};

/// How long a command is recognised at the least (API.md promises 24 hours).
inline constexpr auto remembered_for = std::chrono::hours{25};

constexpr std::string_view name_of(entity_kind kind) {
  switch (kind) {
  case entity_kind::seat_map:
    return "seat_map";
  case entity_kind::account:
    return "account";
  case entity_kind::queue:
    return "queue";
  }
  return "unknown";
}

} // namespace frontrow::domain

template <>
struct std::hash<frontrow::domain::command_id> {
  std::size_t operator()(const frontrow::domain::command_id& id) const noexcept { return id.high ^ id.low; }
};

template <>
struct std::hash<frontrow::domain::entity_ref> {
  std::size_t operator()(const frontrow::domain::entity_ref& entity) const noexcept {
    return std::hash<std::int64_t>{}(entity.id * 4 + static_cast<int>(entity.kind));
  }
};
