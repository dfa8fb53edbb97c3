#include "http/shown_event.hpp"

#include "http/object_text.hpp"

#include <nlohmann/json.hpp>

namespace frontrow::http {

namespace {

std::string shown_data(const persistence::event_row& row) {
  if (row.type != "place_taken" && row.type != "places_taken")
    return row.data;
  auto data = nlohmann::json::parse(row.data, nullptr, false);
  if (data.is_object())
    data.erase("secret");
  if (data.is_object() && data.contains("takers"))
    for (auto& each : data.at("takers"))
      each.erase("secret");
  return data.is_discarded() ? "null" : data.dump();
}

} // namespace

std::string shown_event(const persistence::stored_event& event) {
  object_text text;
  text.add("version", event.version)
      .add("at", event.row.at)
      .add("epoch", event.epoch)
      .add("traceId", event.row.trace_id)
      .add("type", event.row.type)
      .add_json("data", shown_data(event.row));
  return std::move(text).text();
}

} // namespace frontrow::http
