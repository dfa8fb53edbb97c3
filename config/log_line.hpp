#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace frontrow::config {

/// An ASCII control character.
inline bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// A log message with named values beside it, in one string that any spdlog logger takes:
///
///     logger->info(config::log_line{"shard claimed"}.with("traceId", id).with("epoch", 7).text());
///
/// The formatters of logging.hpp write the values as members of a JSON line or as `name=value`; with any
/// other formatter the line stays readable. Form: message, then for each value RS (0x1e), the name, US (0x1f)
/// for a text or GS (0x1d) for a number, the value. Control characters in message and texts become '?',
/// so that nobody can forge a line or a field; names are literals.
class log_line {
public:
  static constexpr char before_name = '\x1e';
  static constexpr char before_text = '\x1f';
  static constexpr char before_number = '\x1d';

  explicit log_line(std::string_view message) {
    line_.reserve(usual_length);
    append(message);
  }

  log_line& with(std::string_view name, std::string_view value) {
    open(name, before_text);
    append(value);
    return *this;
  }
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) log_line& with(std::string_view name, Number value) {
    open(name, before_number);
    line_ += std::to_string(value);
    return *this;
  }
  const std::string& text() const { return line_; }

private:
  void open(std::string_view name, char separator) {
    line_ += before_name;
    line_ += name;
    line_ += separator;
  }
  void append(std::string_view words) {
    const auto from = line_.size();
    line_ += words;
    std::replace_if(line_.begin() + static_cast<std::ptrdiff_t>(from), line_.end(), is_control, '?');
  }

  static constexpr std::size_t usual_length = 256; // a request's
  std::string line_;
};

} // namespace frontrow::config
