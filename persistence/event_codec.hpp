#pragma once

#include "domain/account.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Events as the journal keeps them: a type name and JSON text. A public format, written down in
/// event_format.md and pinned by tests/persistence/golden. Pure functions, free of threads and I/O.
namespace frontrow::persistence {

/// The name under which an event is written to the journal: that of its struct, but for places_taken. Every
/// event has one here.
template <class Event>
inline constexpr std::string_view event_name{};
/// Another one, under which it was written before and is still read, in the form that its fields alone give
/// it.
template <class Event>
inline constexpr std::string_view former_event_name{};
#define FRONTROW_EVENT_NAME(event)                                                                           \
  template <>                                                                                                \
  inline constexpr std::string_view event_name<domain::event> = #event
FRONTROW_EVENT_NAME(charged);
FRONTROW_EVENT_NAME(debited);
FRONTROW_EVENT_NAME(debit_refused);
FRONTROW_EVENT_NAME(refunded);
FRONTROW_EVENT_NAME(queue_opened);
FRONTROW_EVENT_NAME(place_taken);
FRONTROW_EVENT_NAME(places_admitted);
FRONTROW_EVENT_NAME(places_ended);
FRONTROW_EVENT_NAME(policy_changed);
FRONTROW_EVENT_NAME(option_reported);
FRONTROW_EVENT_NAME(option_opened);
FRONTROW_EVENT_NAME(seats_held);
FRONTROW_EVENT_NAME(hold_released);
FRONTROW_EVENT_NAME(payment_started);
FRONTROW_EVENT_NAME(payment_failed);
FRONTROW_EVENT_NAME(seats_sold);
FRONTROW_EVENT_NAME(place_released);
FRONTROW_EVENT_NAME(cancellation_started);
FRONTROW_EVENT_NAME(seats_returned);
FRONTROW_EVENT_NAME(availability_known);
#undef FRONTROW_EVENT_NAME
template <>
inline constexpr std::string_view event_name<domain::places_taken> = "places_taken_together";
template <>
inline constexpr std::string_view former_event_name<domain::places_taken> = "places_taken";

/// Why a row is no event of this version of Frontrow.
struct unreadable_event {
  enum class why : std::uint8_t { unknown_type = 1, malformed = 2 } reason = why::malformed;
  std::size_t offset = 0; ///< into the text, in bytes: where reading stopped
};

// Event is `Machine::event` of one of the machines: account, queue, seat_map.

/// The type name of an event.
template <class Event>
std::string_view type_of(const Event& event);

/// Appends the JSON text of an event. Texts in it (names of sections and tiers) must be valid UTF-8 without
/// NUL.
template <class Event>
void append_event(std::string& out, const Event& event);

/// The row to append to the journal: type, text, time and, for a seat map's events, the user concerned.
template <class Event>
event_row row_of(const Event& event, std::string trace_id);

/// The event of that type and text. Any bytes may be given.
template <class Event>
outcome<Event, unreadable_event> decode_event(std::string_view type, std::string_view data);

#define FRONTROW_CODEC_OF(machine, linkage)                                                                  \
  linkage template std::string_view type_of(const domain::machine::event&);                                  \
  linkage template void append_event(std::string&, const domain::machine::event&);                           \
  linkage template event_row row_of(const domain::machine::event&, std::string);                             \
  linkage template outcome<domain::machine::event, unreadable_event> decode_event(std::string_view,          \
                                                                                  std::string_view)
FRONTROW_CODEC_OF(account, extern);
FRONTROW_CODEC_OF(queue, extern);
FRONTROW_CODEC_OF(seat_map, extern);

} // namespace frontrow::persistence
