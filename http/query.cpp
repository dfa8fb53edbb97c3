#include "http/query.hpp"

#include "http/percent.hpp"
#include "http/time_text.hpp"

#include <algorithm>
#include <charconv>

namespace frontrow::http {

namespace {

std::optional<std::string> decoded(std::string_view text) {
  auto plain = percent_decoded(text);
  if (!plain || !is_utf8(*plain))
    return std::nullopt;
  for (char c : *plain)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return std::nullopt;
  return plain;
}

} // namespace

query_reader::query_reader(std::string_view text) {
  read(text);
}

void query_reader::read(std::string_view text) {
  while (!text.empty()) {
    auto end = std::min(text.find('&'), text.size());
    auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty())
      continue;
    if (parameters_.size() == parameters_max)
      return fail("the query has too many parameters");
    auto equals = std::min(part.find('='), part.size());
    auto name = decoded(part.substr(0, equals));
    auto value = decoded(part.substr(std::min(equals + 1, part.size())));
    if (!name || !value)
      return fail("the query is not percent-encoded UTF-8 text");
    for (const auto& earlier : parameters_)
      if (earlier.name == *name)
        return fail("a query parameter comes twice");
    parameters_.push_back({std::move(*name), std::move(*value)});
  }
}

const std::string* query_reader::take(std::string_view name) {
  for (auto& each : parameters_)
    if (each.name == name) {
      each.state = parameter::read;
      return &each.value;
    }
  return nullptr;
}

void query_reader::fail(std::string detail) {
  if (!error_)
    error_ = std::move(detail);
}

std::optional<std::string> query_reader::optional_text(std::string_view name, std::size_t length_max) {
  const auto* value = take(name);
  if (value == nullptr)
    return std::nullopt;
  if (value->empty() || value->size() > length_max) {
    fail(std::string{name} + " must have 1 to " + std::to_string(length_max) + " bytes");
    return std::nullopt;
  }
  return *value;
}

std::optional<std::int64_t> query_reader::optional_int(std::string_view name, std::int64_t min,
                                                       std::int64_t max) {
  const auto* value = take(name);
  if (value == nullptr)
    return std::nullopt;
  std::int64_t number = 0;
  const auto* end = value->data() + value->size();
  auto [stop, error] = std::from_chars(value->data(), end, number);
  auto as_written = error == std::errc{} && stop == end && std::to_string(number) == *value;
  if (!as_written || number < min || number > max) {
    fail(std::string{name} + " must be a whole number from " + std::to_string(min) + " to " +
         std::to_string(max));
    return std::nullopt;
  }
  return number;
}

std::size_t query_reader::limit(std::size_t standard, std::size_t max) {
  auto given = optional_int("limit", 1, static_cast<std::int64_t>(max));
  return given ? static_cast<std::size_t>(*given) : standard;
}

std::optional<std::chrono::year_month_day> query_reader::optional_date(std::string_view name) {
  const auto* value = take(name);
  if (value == nullptr)
    return std::nullopt;
  auto date = parse_date(*value);
  if (!date)
    fail(std::string{name} + " must be a date such as 2026-12-24");
  return date;
}

std::optional<std::string> query_reader::finish() {
  for (const auto& each : parameters_)
    if (!error_ && each.state == parameter::unread)
      fail("unknown query parameter" + (each.name.size() <= choice_length_max ? " " + each.name : ""));
  return error_;
}

} // namespace frontrow::http
