#include "persistence/snapshot_codec.hpp"

#include "persistence/described_json.hpp"
#include "persistence/place_columns.hpp"

#include <utility>

namespace frontrow::persistence {

namespace {

using domain::place_status;
using queue_snapshot = domain::queue::snapshot_type;
using place = queue_snapshot::place;

constexpr bool is_places(std::string_view field) {
  return field == "places";
}

template <class Snapshot>
snapshot_row as_row(const Snapshot& snapshot, std::string data) {
  return {.version = snapshot.version, .format = snapshot_format, .data = std::move(data)};
}

template <class Snapshot>
outcome<Snapshot, unusable_snapshot> whole(const snapshot_row& row) {
  if (row.format != snapshot_format)
    return unusable_snapshot::unknown_format;
  auto snapshot = from_json<Snapshot>(row.data);
  if (!snapshot || snapshot->version != row.version)
    return unusable_snapshot::malformed;
  return std::move(*snapshot);
}

// ---- the queue's columns

/// Calls `write_run(value, length)` for each run of equal values among the places.
template <class Value, class WriteRun>
void for_each_run(const std::vector<place>& places, Value&& value_of, WriteRun&& write_run) {
  for (std::size_t begin = 0; begin < places.size();) {
    std::size_t end = begin + 1;
    while (end < places.size() && value_of(places[end]) == value_of(places[begin]))
      ++end;
    write_run(value_of(places[begin]), end - begin);
    begin = end;
  }
}

void append_places(std::string& out, const std::vector<place>& places) {
  out += ",\"place_count\":";
  append_integer(out, places.size());
  append_column(out, "users", [&](column_writer& column) {
    // differences as unsigned numbers: they wrap around instead of overflowing, and so do the sums
    std::uint64_t before = 0;
    for (const auto& each : places) {
      const auto user = static_cast<std::uint64_t>(each.user);
      column.signed_number(static_cast<std::int64_t>(user - before));
      before = user;
    }
  });
  append_secrets_and_commands(out, places);
  append_column(out, "statuses", [&](column_writer& column) {
    for_each_run(
        places, [](const place& each) { return each.status; },
        [&](place_status status, std::size_t length) {
          column.byte(static_cast<std::uint8_t>(status));
          column.number(length);
        });
  });
  append_column(out, "untils", [&](column_writer& column) {
    std::uint64_t before = 0;
    for_each_run(
        places, [](const place& each) { return each.until; },
        [&](domain::instant until, std::size_t length) {
          const auto time = static_cast<std::uint64_t>(until.time_since_epoch().count());
          column.signed_number(static_cast<std::int64_t>(time - before));
          column.number(length);
          before = time;
        });
  });
}

/// The columns' texts as they come; views of the snapshot's text.
struct place_texts {
  std::optional<std::uint64_t> count;
  std::optional<std::string_view> users, secrets, commands, statuses, untils;

  /// Reads the value of the member `name` if it is one of these. Nothing: it is not.
  std::optional<bool> read(json_reader& reader, std::string_view name) {
    if (name == "place_count")
      return reader.integer(count.emplace());
    const std::pair<std::string_view, std::optional<std::string_view>*> columns[] = {{"users", &users},
                                                                                     {"secrets", &secrets},
                                                                                     {"commands", &commands},
                                                                                     {"statuses", &statuses},
                                                                                     {"untils", &untils}};
    for (const auto& [column_name, text] : columns)
      if (name == column_name)
        return reader.plain_string(text->emplace());
    return std::nullopt;
  }

  /// All are there, and the count is no promise that the text cannot keep: nothing is allocated on its word.
  bool complete() const {
    return count && users && secrets && commands && statuses && untils && *count <= secrets->size() &&
           secrets->size() == secrets_text_size(static_cast<std::size_t>(*count));
  }
};

bool read_users(std::string_view text, std::vector<place>& places) {
  column_reader column(text);
  std::uint64_t user = 0;
  for (auto& each : places) {
    std::int64_t difference = 0;
    if (!column.signed_number(difference))
      return false;
    user += static_cast<std::uint64_t>(difference);
    each.user = static_cast<domain::user_id>(user);
  }
  return column.at_end();
}

/// Calls `assign(place)` for each place of each run; `read_value(column)` reads a run's value.
template <class ReadValue, class Assign>
bool read_runs(std::string_view text, std::vector<place>& places, ReadValue&& read_value, Assign&& assign) {
  column_reader column(text);
  std::size_t next = 0;
  while (next < places.size()) {
    std::uint64_t length = 0;
    if (!read_value(column) || !column.number(length) || length == 0 || length > places.size() - next)
      return false;
    for (; length > 0; --length)
      assign(places[next++]);
  }
  return column.at_end();
}

bool read_statuses(std::string_view text, std::vector<place>& places) {
  place_status status{};
  return read_runs(
      text, places,
      [&](column_reader& column) {
        std::uint8_t number = 0;
        if (!column.byte(number))
          return false;
        status = static_cast<place_status>(number);
        return is_listed(status);
      },
      [&](place& each) { each.status = status; });
}

bool read_untils(std::string_view text, std::vector<place>& places) {
  std::uint64_t time = 0;
  return read_runs(
      text, places,
      [&](column_reader& column) {
        std::int64_t difference = 0;
        if (!column.signed_number(difference))
          return false;
        time += static_cast<std::uint64_t>(difference);
        return true;
      },
      [&](place& each) {
        each.until = domain::instant(domain::milliseconds(static_cast<std::int64_t>(time)));
      });
}

bool read_places(const place_texts& columns, std::vector<place>& places) {
  if (!columns.complete())
    return false;
  places.resize(static_cast<std::size_t>(*columns.count));
  return read_users(*columns.users, places) && read_secrets(*columns.secrets, places) &&
         read_commands(*columns.commands, places) && read_statuses(*columns.statuses, places) &&
         read_untils(*columns.untils, places);
}

} // namespace

snapshot_row encode_snapshot(const domain::account::snapshot_type& snapshot) {
  return as_row(snapshot, json_of(snapshot));
}

snapshot_row encode_snapshot(const domain::seat_map::snapshot_type& snapshot) {
  return as_row(snapshot, json_of(snapshot));
}

snapshot_row encode_snapshot(const queue_snapshot& snapshot) {
  constexpr std::size_t bytes_a_place = 48; // with a command id
  std::string text;
  text.reserve(512 + snapshot.places.size() * bytes_a_place);
  text += '{';
  append_members(text, snapshot, "", is_places);
  append_places(text, snapshot.places);
  text += '}';
  return as_row(snapshot, std::move(text));
}

template <>
outcome<domain::account::snapshot_type, unusable_snapshot>
decode_snapshot<domain::account>(const snapshot_row& row) {
  return whole<domain::account::snapshot_type>(row);
}

template <>
outcome<domain::seat_map::snapshot_type, unusable_snapshot>
decode_snapshot<domain::seat_map>(const snapshot_row& row) {
  return whole<domain::seat_map::snapshot_type>(row);
}

template <>
outcome<queue_snapshot, unusable_snapshot> decode_snapshot<domain::queue>(const snapshot_row& row) {
  if (row.format != snapshot_format)
    return unusable_snapshot::unknown_format;
  queue_snapshot snapshot;
  place_texts columns;
  json_reader reader(row.data);
  member_reader<queue_snapshot> members(snapshot);
  const bool read = reader.object([&](std::string_view name) {
    auto known = columns.read(reader, name);
    if (!known && !is_places(name))
      known = members.read(reader, name);
    return known ? *known : reader.skip();
  });
  if (!read || !reader.at_end() || !members.complete(is_places) || snapshot.version != row.version ||
      !read_places(columns, snapshot.places))
    return unusable_snapshot::malformed;
  return snapshot;
}

std::string state_json(const domain::account::snapshot_type& snapshot) {
  return json_of(snapshot);
}

std::string state_json(const domain::seat_map::snapshot_type& snapshot) {
  return json_of(snapshot);
}

std::string state_json(const queue_snapshot& snapshot) {
  std::string text = "{";
  append_members(text, snapshot, "", is_places);
  text += ",\"places\":[";
  auto number = snapshot.first_place;
  for (const auto& each : snapshot.places) {
    if (number != snapshot.first_place)
      text += ',';
    text += "{\"place\":";
    append_integer(text, number++);
    append_members(text, each, ",", [](std::string_view field) { return field == "secret"; });
    text += '}';
  }
  text += "]}";
  return text;
}

} // namespace frontrow::persistence
