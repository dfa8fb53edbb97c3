#include "persistence/event_codec.hpp"

#include "persistence/described_json.hpp"
#include "persistence/place_columns.hpp"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace frontrow::persistence {

// When a field is added to an event (places_taken has its text below), list it here, so that texts written
// before can still be read:
//   template <>
//   inline constexpr std::array<std::string_view, 1> fields_added_later<domain::seats_held>{"new_field"};
// and add tests/persistence/golden/<event>.v2.json beside the first one.

namespace {

// ---- the text of one event: of a crowd by columns, of all others by their fields

static_assert(field_count<domain::places_taken> == 3 && field_count<domain::places_taken::taker> == 3,
              "write and read the new field below");

void append_text(std::string& out, const domain::places_taken& crowd) {
  constexpr std::size_t bytes_a_place = 56; // a user, a secret, a command
  out.reserve(out.size() + 128 + crowd.takers.size() * bytes_a_place);
  out += "{\"at\":";
  append_json(out, crowd.at);
  out += ",\"first\":";
  append_json(out, crowd.first);
  out += ",\"users\":[";
  std::string_view separator;
  for (const auto& each : crowd.takers) {
    out += std::exchange(separator, ",");
    append_json(out, each.user);
  }
  out += ']';
  append_secrets_and_commands(out, crowd.takers);
  out += '}';
}

bool read_text(json_reader& reader, domain::places_taken& crowd) {
  std::optional<domain::instant> at;
  std::optional<domain::place_number> first;
  std::optional<std::vector<domain::user_id>> users;
  std::optional<std::string_view> secrets, commands;
  const auto read = reader.object([&](std::string_view member) {
    return member == "at"         ? read_json(reader, at.emplace())
           : member == "first"    ? read_json(reader, first.emplace())
           : member == "users"    ? read_json(reader, users.emplace())
           : member == "secrets"  ? reader.plain_string(secrets.emplace())
           : member == "commands" ? reader.plain_string(commands.emplace())
                                  : reader.skip();
  });
  if (!read || !at || !first || !users || !secrets || !commands)
    return false;
  crowd = {*at, *first, std::vector<domain::places_taken::taker>(users->size())};
  for (std::size_t nth = 0; nth < users->size(); ++nth)
    crowd.takers[nth].user = (*users)[nth];
  return read_secrets(*secrets, crowd.takers) && read_commands(*commands, crowd.takers);
}

template <class Happened>
void append_text(std::string& out, const Happened& happened) {
  append_json(out, happened);
}

template <class Happened>
bool read_text(json_reader& reader, Happened& happened) {
  return read_json(reader, happened);
}

} // namespace

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
  std::visit([&](const auto& happened) { append_text(out, happened); }, event);
}

template <class Event>
event_row row_of(const Event& event, std::string trace_id) {
  event_row row;
  row.type = type_of(event);
  row.data.reserve(192); // most events fit, so that a row costs one allocation
  row.trace_id = std::move(trace_id);
  std::visit(
      [&](const auto& happened) {
        append_text(row.data, happened);
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
    const auto formerly = !former_event_name<alternative>.empty() && type == former_event_name<alternative>;
    if (known || (type != event_name<alternative> && !formerly))
      return;
    known = true;
    auto& happened = event.template emplace<alternative>();
    read = (formerly ? read_json(reader, happened) : read_text(reader, happened)) && reader.at_end();
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
