#include "http/shown_event.hpp"

#include "http/object_text.hpp"
#include "persistence/described_json.hpp"
#include "persistence/event_codec.hpp"

namespace frontrow::http {

namespace {

bool is_secret(std::string_view field) {
  return field == "secret";
}

std::string shown(const domain::place_taken& taken) {
  std::string text = "{";
  persistence::append_members(text, taken, "", is_secret);
  return text + '}';
}

/// By its fields, whatever its form in the journal is.
std::string shown(const domain::places_taken& crowd) {
  std::string text = "{";
  persistence::append_members(text, crowd, "", [](std::string_view field) { return field == "takers"; });
  text += ",\"takers\":[";
  std::string_view separator;
  for (const auto& each : crowd.takers) {
    text += std::exchange(separator, ",");
    text += '{';
    persistence::append_members(text, each, "", is_secret);
    text += '}';
  }
  return text + "]}";
}

/// Of the events that a token's half stands in.
template <class... Secretive>
std::string shown_data(const persistence::event_row& row) {
  std::string text = row.data;
  const auto show = [&]<class Event>(std::type_identity<Event>) {
    if (row.type != persistence::event_name<Event> && row.type != persistence::former_event_name<Event>)
      return;
    const auto event = persistence::decode_event<domain::queue::event>(row.type, row.data);
    text = event ? shown(std::get<Event>(*event)) : "null";
  };
  (show(std::type_identity<Secretive>{}), ...);
  return text;
}

} // namespace

std::string shown_event(const persistence::stored_event& event) {
  object_text text;
  text.add("version", event.version)
      .add("at", event.row.at)
      .add("epoch", event.epoch)
      .add("traceId", event.row.trace_id)
      .add("type", event.row.type)
      .add_json("data", shown_data<domain::place_taken, domain::places_taken>(event.row));
  return std::move(text).text();
}

} // namespace frontrow::http
