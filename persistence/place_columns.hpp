#pragma once

#include "domain/queue_events.hpp"
#include "persistence/column_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Secrets and command ids of many places as columns of a JSON text (event_format.md): half as long as
/// members of objects, and no work for whoever parses it. Place has a `secret` and a `command`.
namespace frontrow::persistence {

/// Appends `,"name":"…"`; `write(column_writer&)` writes what is between the quotes.
template <class Write>
void append_column(std::string& out, std::string_view name, Write&& write) {
  out += ",\"";
  out += name;
  out += "\":\"";
  column_writer column(out);
  write(column);
  column.finish();
  out += '"';
}

/// "secrets": 16 bytes each. "commands": for each place that has a command id the number of places without
/// one since the one before, then 16 bytes, highest first.
template <class Place>
void append_secrets_and_commands(std::string& out, const std::vector<Place>& places) {
  append_column(out, "secrets", [&](column_writer& column) {
    for (const auto& each : places)
      column.bytes(each.secret);
  });
  append_column(out, "commands", [&](column_writer& column) {
    std::uint64_t without = 0;
    for (const auto& each : places) {
      if (!each.command) {
        ++without;
        continue;
      }
      column.number(std::exchange(without, 0));
      for (const auto half : {each.command.high, each.command.low})
        for (int shift = 56; shift >= 0; shift -= 8)
          column.byte(static_cast<std::uint8_t>(half >> shift));
    }
  });
}

/// How long the text of so many secrets is: nothing needs to be allocated on a count's word.
inline std::size_t secrets_text_size(std::size_t places) {
  return column_reader::text_size(places * std::tuple_size_v<domain::place_secret>);
}

/// One for each of the places. False: the text is something else, and the places' secrets are unspecified.
template <class Place>
bool read_secrets(std::string_view text, std::vector<Place>& places) {
  column_reader column(text);
  for (auto& each : places)
    if (!column.bytes(each.secret))
      return false;
  return column.at_end();
}

/// For places that have no command ids yet. False: the text is something else, and the places' commands are
/// unspecified.
template <class Place>
bool read_commands(std::string_view text, std::vector<Place>& places) {
  column_reader column(text);
  std::uint64_t next = 0;
  while (!column.at_end()) {
    std::uint64_t without = 0;
    std::array<std::uint8_t, 16> bytes{};
    if (!column.number(without) || !column.bytes(bytes) || without >= places.size() - next)
      return false;
    next += without;
    auto& command = places[static_cast<std::size_t>(next++)].command;
    for (std::size_t i = 0; i < 8; ++i) {
      command.high = command.high << 8 | bytes[i];
      command.low = command.low << 8 | bytes[i + 8];
    }
  }
  return true;
}

} // namespace frontrow::persistence
