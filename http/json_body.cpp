#include "http/json_body.hpp"

#include "http/time_text.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <unordered_set>

namespace frontrow::http {

using nlohmann::json;

namespace {

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string range_text(std::int64_t min, std::int64_t max) {
  if (min == 1 && max == int64_max)
    return "must be a positive whole number";
  return "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
}

} // namespace

/// One object of the body and what has been asked of it.
struct body_reader::node {
  std::string path; ///< "" for the whole, "bestAvailable." for a member's fields
  const json* object;
  std::vector<std::string_view> asked;
};

struct body_reader::document {
  parsed_json parsed;
  std::deque<node> nodes; ///< the first is the whole; a deque, since readers point at them
  std::optional<std::string> error;
};

body_reader::body_reader(std::shared_ptr<document> whole, node* self)
    : whole_(std::move(whole)), self_(self) {}

body_reader body_reader::parse(std::string_view text) {
  static const json nothing = json::object();
  auto whole = std::make_shared<document>();
  const json* root = &nothing;
  if (!text.empty()) {
    whole->parsed = parse_strict_json(text);
    if (!whole->parsed.error.empty())
      whole->error = whole->parsed.error;
    else if (!whole->parsed.value.is_object())
      whole->error = "The body must be a JSON object";
    else
      root = &whole->parsed.value;
  }
  auto* self = &whole->nodes.emplace_back(node{"", root, {}});
  return {std::move(whole), self};
}

const json* body_reader::take(std::string_view name) {
  self_->asked.push_back(name);
  auto found = self_->object->find(name);
  if (found == self_->object->end() || found->is_null())
    return nullptr;
  return &*found;
}

const json* body_reader::require(std::string_view name) {
  const auto* value = take(name);
  if (value == nullptr)
    fail_field(name, "is required");
  return value;
}

void body_reader::fail(std::string detail) {
  if (!whole_->error)
    whole_->error = std::move(detail);
}

void body_reader::fail_field(std::string_view name, std::string_view what) {
  if (whole_->error)
    return;
  std::string detail = self_->path;
  detail.append(name).append(" ").append(what);
  fail(std::move(detail));
}

void body_reader::fail_choice(std::string_view name, const std::string& names) {
  fail_field(name, "must be one of " + names);
}

std::int64_t body_reader::integer(std::string_view name, const json& value, std::int64_t min,
                                  std::int64_t max) {
  // Unsigned beyond int64 must not wrap; what was written with a point or an exponent is a float to nlohmann.
  auto fits = value.is_number_integer() &&
              (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{int64_max});
  if (fits) {
    auto number = value.get<std::int64_t>();
    if (number >= min && number <= max)
      return number;
  }
  fail_field(name, range_text(min, max));
  return min;
}

std::string body_reader::text(std::string_view name, const json& value, std::size_t length_max) {
  if (!value.is_string()) {
    fail_field(name, "must be a text");
    return {};
  }
  const auto& given = value.get_ref<const std::string&>();
  if (given.empty() || given.size() > length_max) {
    fail_field(name, "must have 1 to " + std::to_string(length_max) + " bytes");
    return {};
  }
  if (has_control_character(given)) {
    fail_field(name, "must not hold control characters");
    return {};
  }
  return given;
}

std::vector<std::int64_t> body_reader::ids(std::string_view name, const json& value, std::size_t count_max,
                                           std::int64_t id_max) {
  if (!value.is_array() || value.empty() || value.size() > count_max) {
    fail_field(name, "must be a list of 1 to " + std::to_string(count_max) + " ids");
    return {};
  }
  std::vector<std::int64_t> numbers;
  std::unordered_set<std::int64_t> seen;
  for (const auto& element : value) {
    auto number = integer(name, element, 1, id_max);
    if (whole_->error)
      return {};
    if (!seen.insert(number).second) {
      fail_field(name, "must not name one id twice");
      return {};
    }
    numbers.push_back(number);
  }
  return numbers;
}

domain::instant body_reader::time(std::string_view name, const json& value) {
  if (value.is_string())
    if (auto at = parse_time(value.get_ref<const std::string&>()))
      return *at;
  fail_field(name, "must be an RFC 3339 time such as 2026-12-24T11:00:00.000Z");
  return {};
}

domain::money body_reader::require_money(std::string_view name) {
  return require_int(name, 1, int64_max);
}

std::int64_t body_reader::require_id(std::string_view name) {
  return require_int(name, 1, int64_max);
}

std::int64_t body_reader::require_int(std::string_view name, std::int64_t min, std::int64_t max) {
  const auto* value = require(name);
  return value != nullptr ? integer(name, *value, min, max) : min;
}

std::optional<std::int64_t> body_reader::optional_int(std::string_view name, std::int64_t min,
                                                      std::int64_t max) {
  if (const auto* value = take(name))
    return integer(name, *value, min, max);
  return std::nullopt;
}

std::string body_reader::require_string(std::string_view name, std::size_t length_max) {
  const auto* value = require(name);
  return value != nullptr ? text(name, *value, length_max) : std::string{};
}

std::optional<std::string> body_reader::optional_string(std::string_view name, std::size_t length_max) {
  if (const auto* value = take(name))
    return text(name, *value, length_max);
  return std::nullopt;
}

std::optional<bool> body_reader::optional_bool(std::string_view name) {
  const auto* value = take(name);
  if (value == nullptr)
    return std::nullopt;
  if (!value->is_boolean()) {
    fail_field(name, "must be true or false");
    return std::nullopt;
  }
  return value->get<bool>();
}

std::vector<std::int64_t> body_reader::require_ids(std::string_view name, std::size_t count_max,
                                                   std::int64_t id_max) {
  const auto* value = require(name);
  return value != nullptr ? ids(name, *value, count_max, id_max) : std::vector<std::int64_t>{};
}

std::optional<std::vector<std::int64_t>>
body_reader::optional_ids(std::string_view name, std::size_t count_max, std::int64_t id_max) {
  if (const auto* value = take(name))
    return ids(name, *value, count_max, id_max);
  return std::nullopt;
}

domain::instant body_reader::require_time(std::string_view name) {
  const auto* value = require(name);
  return value != nullptr ? time(name, *value) : domain::instant{};
}

std::optional<domain::instant> body_reader::optional_time(std::string_view name) {
  if (const auto* value = take(name))
    return time(name, *value);
  return std::nullopt;
}

body_reader body_reader::nested(std::string path, const json& value) {
  static const json nothing = json::object();
  if (!value.is_object())
    fail(path + " must be an object");
  auto* self = &whole_->nodes.emplace_back(node{path + ".", value.is_object() ? &value : &nothing, {}});
  return {whole_, self};
}

std::optional<body_reader> body_reader::optional_object(std::string_view name) {
  if (const auto* value = take(name))
    return nested(self_->path + std::string{name}, *value);
  return std::nullopt;
}

body_reader body_reader::require_object(std::string_view name) {
  static const json nothing = json::object();
  const auto* value = require(name);
  return nested(self_->path + std::string{name}, value != nullptr ? *value : nothing);
}

std::optional<std::vector<body_reader>> body_reader::optional_objects(std::string_view name,
                                                                      std::size_t count_max) {
  const auto* value = take(name);
  if (value == nullptr)
    return std::nullopt;
  std::vector<body_reader> readers;
  if (!value->is_array() || value->empty() || value->size() > count_max) {
    fail_field(name, "must be a list of 1 to " + std::to_string(count_max) + " objects");
    return readers;
  }
  for (std::size_t at = 0; at < value->size(); ++at)
    readers.push_back(nested(self_->path + std::string{name} + "[" + std::to_string(at) + "]", (*value)[at]));
  return readers;
}

bool body_reader::has(std::string_view name) const {
  auto found = self_->object->find(name);
  return found != self_->object->end() && !found->is_null();
}

std::optional<std::string> body_reader::finish() {
  for (const auto& each : whole_->nodes) {
    if (whole_->error)
      break;
    for (const auto& member : each.object->items())
      if (std::find(each.asked.begin(), each.asked.end(), member.key()) == each.asked.end()) {
        // What the client sent goes back to it only as far as it is harmless in a log.
        auto harmless = member.key().size() <= choice_length_max && !has_control_character(member.key());
        fail("unknown field " + each.path + (harmless ? member.key() : std::string{"(unprintable)"}));
        break;
      }
  }
  return whole_->error;
}

} // namespace frontrow::http
