#include "persistence/event_codec.hpp"

#include "persistence/described_json.hpp"

#include <utility>
#include <variant>

namespace frontrow::persistence {

// When a field is added to an event, list it here, so that texts written before can still be read:
//   template <>
//   inline constexpr std::array<std::string_view, 1> fields_added_later<domain::seats_held>{"new_field"};
// and add tests/persistence/golden/<event>.v2.json beside the first one.

template <class Event>
std::string_view type_of(const Event& event) {
  return std::visit(
      [](const auto& happened) {
        using type = std::remove_cvref_t<decltype(happened)>;
        static_assert(!event_name<type>.empty(), "give the event its name in event_codec.hpp");
        return event_name<type>;
      },
      event);
}

template <class Event>
void append_event(std::string& out, const Event& event) {
  std::visit([&](const auto& happened) { append_json(out, happened); }, event);
}

template <class Event>
event_row row_of(const Event& event, std::string trace_id) {
  event_row row;
  row.type = type_of(event);
  row.data.reserve(192); // most events fit, so that a row costs one allocation
  row.trace_id = std::move(trace_id);
  std::visit(
      [&](const auto& happened) {
        append_json(row.data, happened);
        row.at = happened.at;
        if constexpr (std::is_same_v<Event, domain::seat_map::event> && requires { happened.user; })
          row.party = happened.user;
      },
      event);
  return row;
}

template <class Event>
outcome<Event, unreadable_event> decode_event(std::string_view type, std::string_view data) {
  Event event;
  json_reader reader(data);
  bool known = false;
  bool read = false;
  boost::mp11::mp_for_each<boost::mp11::mp_iota<boost::mp11::mp_size<Event>>>([&](auto index) {
    using alternative = std::variant_alternative_t<index, Event>;
    if (known || type != event_name<alternative>)
      return;
    known = true;
    read = read_json(reader, event.template emplace<alternative>()) && reader.at_end();
  });
  if (!known)
    return unreadable_event{unreadable_event::why::unknown_type, 0};
  if (!read)
    return unreadable_event{unreadable_event::why::malformed, reader.offset()};
  return event;
}

#define FRONTROW_NOT_EXTERN
FRONTROW_CODEC_OF(account, FRONTROW_NOT_EXTERN);
FRONTROW_CODEC_OF(queue, FRONTROW_NOT_EXTERN);
FRONTROW_CODEC_OF(seat_map, FRONTROW_NOT_EXTERN);

} // namespace frontrow::persistence
