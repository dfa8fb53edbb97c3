#pragma once

#include "http/named_values.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace frontrow::http {

/// Reads the query part of a target (without the `?`), strictly: percent escapes must be whole and give
/// UTF-8 without control characters, no parameter may come twice, an unknown one is refused by `finish`.
/// `+` is a plus, not a blank. Errors as in body_reader: the first is kept, getters go on.
/// The text must outlive the reader; names passed in must be literals.
class query_reader {
public:
  /// More parameters than any route has; the rest of a flood is not even looked at.
  static constexpr std::size_t parameters_max = 16;

  explicit query_reader(std::string_view text);

  /// One to `length_max` bytes. Nothing when absent.
  std::optional<std::string> optional_text(std::string_view name, std::size_t length_max);
  /// A decimal integer in [min, max]: no sign but `-`, no leading zeros.
  std::optional<std::int64_t> optional_int(std::string_view name, std::int64_t min, std::int64_t max);
  /// `limit`: 1 to `max`, `standard` when absent.
  std::size_t limit(std::size_t standard, std::size_t max);
  /// YYYY-MM-DD.
  std::optional<std::chrono::year_month_day> optional_date(std::string_view name);
  template <class T>
  std::optional<T> optional_choice(std::string_view name, const named_values<T>& table) {
    auto text = optional_text(name, choice_length_max);
    if (!text)
      return std::nullopt;
    for (const auto& [key, value] : table)
      if (key == *text)
        return value;
    fail(std::string{name} + " must be one of " + names_in(table));
    return std::nullopt;
  }
  /// Keeps the first thing that is wrong.
  void fail(std::string detail);
  /// What is wrong, if anything. Call it last.
  std::optional<std::string> finish();

private:
  static constexpr std::size_t choice_length_max = 64;
  struct parameter {
    std::string name;
    std::string value;
    enum { unread, read } state = unread;
  };
  void read(std::string_view text);
  const std::string* take(std::string_view name);

  std::vector<parameter> parameters_;
  std::optional<std::string> error_;
};

} // namespace frontrow::http
