#include "http/shown_event.hpp"

#include "http/object_text.hpp"
#include "persistence/described_json.hpp"
#include "persistence/event_codec.hpp"

#include <string_view>
#include <utility>
#include <variant>

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

/// Secrets are a queue's; of an event that this program cannot read, nobody knows where they stand.
std::string shown_data(const persistence::stored_event& event) {
  if (event.entity.kind != domain::entity_kind::queue)
    return event.row.data;
  const auto happened = persistence::decode_event<domain::queue::event>(event.row.type, event.row.data);
  if (!happened)
    return "null";
  if (const auto* taken = std::get_if<domain::place_taken>(&*happened))
    return shown(*taken);
  if (const auto* crowd = std::get_if<domain::places_taken>(&*happened))
    return shown(*crowd);
  return event.row.data;
}

} // namespace

std::string shown_event(const persistence::stored_event& event) {
  object_text text;
  text.add("version", event.version)
      .add("at", event.row.at)
      .add("epoch", event.epoch)
      .add("traceId", event.row.trace_id)
      .add("type", event.row.type)
      .add_json("data", shown_data(event));
  return std::move(text).text();
}

} // namespace frontrow::http
