#pragma once

#include "domain/identity.hpp"
#include "http/time_text.hpp"
#include "persistence/json_text.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace frontrow::http {

/// Writes one JSON object, member by member, without a tree in between: answers are made at the rate of
/// requests. Names are literals that need no escapes; texts are UTF-8.
class object_text {
public:
  object_text() {
    text_.reserve(usual_length);
    text_ = '{';
  }
  template <class Integer>
  requires std::is_integral_v<Integer> object_text& add(std::string_view name, Integer value) {
    begin(name);
    if constexpr (std::is_same_v<Integer, bool>)
      text_ += value ? "true" : "false";
    else
      persistence::append_integer(text_, value);
    return *this;
  }
  object_text& add(std::string_view name, std::string_view value) {
    begin(name);
    persistence::append_string(text_, value);
    return *this;
  }
  object_text& add(std::string_view name, const char* value) { return add(name, std::string_view{value}); }
  object_text& add(std::string_view name, domain::instant at) { return add(name, format_time(at)); }
  object_text& add_null(std::string_view name) { return add_json(name, "null"); }
  /// `json` is JSON text already.
  object_text& add_json(std::string_view name, std::string_view json) {
    begin(name);
    text_ += json;
    return *this;
  }
  /// A list of numbers.
  template <class Numbers>
  object_text& add_numbers(std::string_view name, const Numbers& numbers) {
    begin(name);
    text_ += '[';
    for (std::string_view separator; const auto number : numbers) {
      text_ += separator;
      persistence::append_integer(text_, number);
      separator = ",";
    }
    text_ += ']';
    return *this;
  }
  std::string text() && {
    text_ += '}';
    return std::move(text_);
  }

private:
  void begin(std::string_view name) {
    text_.append(text_.size() > 1 ? ",\"" : "\"").append(name).append("\":");
  }

  static constexpr std::size_t usual_length = 320; // a place's, a reservation's
  std::string text_;
};

/// A JSON list of JSON texts.
template <class Range, class Render>
std::string list_text(const Range& from, Render render) {
  std::string text = "[";
  for (std::string_view separator; const auto& each : from) {
    text += separator;
    text += render(each);
    separator = ",";
  }
  return text += ']';
}

/// A text as a JSON string.
inline std::string quoted(std::string_view text) {
  std::string json;
  persistence::append_string(json, text);
  return json;
}

} // namespace frontrow::http
