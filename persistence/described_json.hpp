#pragma once

#include "persistence/described.hpp"
#include "persistence/json_text.hpp"

#include <array>
#include <bitset>
#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// JSON of any struct listed in described.hpp. The mapping (event_format.md has it as a grammar):
///   struct        an object, its members named after the fields, in the listed order
///   vector        an array
///   instant       whole milliseconds since 1970-01-01 UTC
///   money, ids, counts   whole numbers
///   uint64 (a fingerprint)   16 hexadecimal digits in a string: JavaScript's numbers end at 2^53
///   command_id    32 hexadecimal digits; the member is left out when there is none
///   place_secret  32 hexadecimal digits
///   enum          the name of the value
namespace frontrow::persistence {

/// The fields of a struct that older texts lack: they may be missing and then keep their default. All others
/// (but command ids) must be there. Specialise it next to the codec that needs it.
template <class T>
inline constexpr std::array<std::string_view, 0> fields_added_later{};

namespace detail {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
constexpr bool may_be_missing(std::string_view field) {
  for (const std::string_view later : fields_added_later<T>)
    if (later == field)
      return true;
  return false;
}

} // namespace detail

template <class T>
void append_json(std::string& out, const T& value);

/// The members of an object (without its braces) but those that `leave_out(name)` names; `separator` stands
/// before the first one.
template <described_struct T, class LeaveOut>
void append_members(std::string& out, const T& object, std::string_view separator, LeaveOut&& leave_out) {
  for_each_field(object, [&](const char* name, const auto& field) {
    if constexpr (std::is_same_v<decltype(field), const domain::command_id&>)
      if (!field)
        return;
    if (leave_out(std::string_view(name)))
      return;
    out += separator;
    out += '"';
    out += name;
    out += "\":";
    append_json(out, field);
    separator = ",";
  });
}

/// Appends `value` as JSON.
template <class T>
void append_json(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    out += '"';
    append_hex(out, value);
    out += '"';
  } else if constexpr (std::is_integral_v<T>) {
    append_integer(out, value);
  } else if constexpr (std::is_same_v<T, domain::instant>) {
    append_integer(out, static_cast<std::int64_t>(value.time_since_epoch().count()));
  } else if constexpr (std::is_same_v<T, std::string>) {
    append_string(out, value);
  } else if constexpr (std::is_same_v<T, domain::command_id>) {
    out += '"';
    append_hex(out, value.high);
    append_hex(out, value.low);
    out += '"';
  } else if constexpr (std::is_same_v<T, domain::place_secret>) {
    out += '"';
    append_hex(out, std::span<const std::uint8_t>(value));
    out += '"';
  } else if constexpr (described_enum<T>) {
    assert(is_listed(value));
    out += '"';
    out += name_of_value(value);
    out += '"';
  } else if constexpr (detail::is_vector<T>) {
    out += '[';
    std::string_view separator;
    for (const auto& element : value) {
      out += separator;
      append_json(out, element);
      separator = ",";
    }
    out += ']';
  } else {
    static_assert(described_struct<T>, "not listed in described.hpp");
    out += '{';
    append_members(out, value, "", [](std::string_view) { return false; });
    out += '}';
  }
}

template <class T>
bool read_json(json_reader& reader, T& value);

/// Reads the members of a struct as an object's come, and knows at the end whether all were there.
template <described_struct T>
class member_reader {
public:
  explicit member_reader(T& object) : object_(&object) {}

  /// Reads the value of the member `name` if the struct has such a field. Nothing: it has none, nothing was
  /// read.
  std::optional<bool> read(json_reader& reader, std::string_view name) {
    std::optional<bool> result;
    std::size_t index = 0;
    for_each_field(*object_, [&](const char* field_name, auto& field) {
      if (!result && name == field_name) {
        seen_.set(index);
        result = read_json(reader, field);
      }
      ++index;
    });
    return result;
  }

  /// Whether every field that must be there was read; `elsewhere(name)` names those that are read otherwise.
  template <class Elsewhere>
  bool complete(Elsewhere&& elsewhere) const {
    bool all = true;
    std::size_t index = 0;
    for_each_field(*object_, [&](const char* name, const auto& field) {
      constexpr bool is_command = std::is_same_v<decltype(field), const domain::command_id&> ||
                                  std::is_same_v<decltype(field), domain::command_id&>;
      if (!seen_.test(index) && !is_command && !detail::may_be_missing<T>(name) &&
          !elsewhere(std::string_view(name)))
        all = false;
      ++index;
    });
    return all;
  }

private:
  T* object_;
  std::bitset<field_count<T> + 1> seen_; // + 1: a struct without fields has a set too
};

/// Reads a value written by `append_json`, whatever the order of members and the white space; members that
/// the struct does not have are ignored, of a member that comes twice the last counts. False: the text is
/// something else; then `value` is unspecified, but valid.
template <class T>
bool read_json(json_reader& reader, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return reader.boolean(value);
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    std::string_view digits;
    return reader.plain_string(digits) && read_hex(digits, value);
  } else if constexpr (std::is_integral_v<T>) {
    return reader.integer(value);
  } else if constexpr (std::is_same_v<T, domain::instant>) {
    std::int64_t count = 0;
    if (!reader.integer(count))
      return false;
    value = domain::instant(domain::milliseconds(count));
    return true;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return reader.string(value);
  } else if constexpr (std::is_same_v<T, domain::command_id>) {
    std::string_view digits;
    return reader.plain_string(digits) && digits.size() == 32 && read_hex(digits.substr(0, 16), value.high) &&
           read_hex(digits.substr(16), value.low);
  } else if constexpr (std::is_same_v<T, domain::place_secret>) {
    std::string_view digits;
    return reader.plain_string(digits) && read_hex(digits, std::span<std::uint8_t>(value));
  } else if constexpr (described_enum<T>) {
    std::string_view name;
    return reader.plain_string(name) && value_of_name(name, value);
  } else if constexpr (detail::is_vector<T>) {
    value.clear();
    return reader.array([&] { return read_json(reader, value.emplace_back()); });
  } else {
    static_assert(described_struct<T>, "not listed in described.hpp");
    value = T{};
    member_reader<T> members(value);
    return reader.object([&](std::string_view name) {
      const auto known = members.read(reader, name);
      return known ? *known : reader.skip();
    }) && members.complete([](std::string_view) { return false; });
  }
}

/// The whole text of one struct.
template <described_struct T>
std::string json_of(const T& value) {
  std::string text;
  append_json(text, value);
  return text;
}

/// The struct whose whole text this is; nothing if it is none.
template <described_struct T>
std::optional<T> from_json(std::string_view text) {
  json_reader reader(text);
  T value;
  if (!read_json(reader, value) || !reader.at_end())
    return std::nullopt;
  return value;
}

} // namespace frontrow::persistence
