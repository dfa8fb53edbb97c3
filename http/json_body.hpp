#pragma once

#include "domain/identity.hpp"
#include "http/named_values.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Strict reading of JSON request bodies.
namespace frontrow::http {

/// Deeper than anything API.md knows, shallow enough to cost nothing.
inline constexpr std::size_t json_depth_max = 16;

/// The document, or in `error` what is wrong with it, in words for the client. Refused beyond RFC 8259:
/// duplicate keys, more than `json_depth_max` levels, numbers that do not fit a double. UTF-8 only.
struct parsed_json {
  nlohmann::json value;
  std::string error; ///< empty: fine
};
parsed_json parse_strict_json(std::string_view text);

/// Reads an object field by field. The first thing that is wrong is kept; after it every getter still
/// returns (a harmless value), so that a handler reads all its fields in a row and then asks once:
///
///     auto body = request.json();
///     auto amount = body.require_money("amount");
///     if (auto wrong = body.finish())
///       co_return request.invalid(*wrong);
///
/// Fields that no getter asked for are refused by `finish`, in nested objects too. A field that is `null`
/// counts as absent. An empty text counts as {}. Names passed in must be literals (they are kept).
/// Copies are cheap and read the same document. One thread at a time.
class body_reader {
public:
  static body_reader parse(std::string_view text);

  /// 1 ... int64 max, written as an integer: 1.0, 1e3 and "1" are refused.
  domain::money require_money(std::string_view name);
  /// Likewise; a number for a user, concert, option ...
  std::int64_t require_id(std::string_view name);
  std::int64_t require_int(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<std::int64_t> optional_int(std::string_view name, std::int64_t min, std::int64_t max);
  /// At least one and at most `length_max` bytes, no control characters.
  std::string require_string(std::string_view name, std::size_t length_max);
  std::optional<std::string> optional_string(std::string_view name, std::size_t length_max);
  std::optional<bool> optional_bool(std::string_view name);
  /// One to `count_max` positive integers up to `id_max`, no two alike.
  std::vector<std::int64_t> require_ids(std::string_view name, std::size_t count_max, std::int64_t id_max);
  std::optional<std::vector<std::int64_t>> optional_ids(std::string_view name, std::size_t count_max,
                                                        std::int64_t id_max);
  domain::instant require_time(std::string_view name);
  std::optional<domain::instant> optional_time(std::string_view name);
  /// One of the names in the table, e.g. named_values<policy>{{"keep", policy::keep}, ...}.
  template <class T>
  std::optional<T> optional_choice(std::string_view name, const named_values<T>& table) {
    auto text = optional_string(name, choice_length_max);
    if (!text)
      return std::nullopt;
    for (const auto& [key, value] : table)
      if (key == *text)
        return value;
    fail_choice(name, names_in(table));
    return std::nullopt;
  }
  /// A nested object to be read in the same way.
  std::optional<body_reader> optional_object(std::string_view name);
  body_reader require_object(std::string_view name);
  /// One to `count_max` nested objects.
  std::optional<std::vector<body_reader>> optional_objects(std::string_view name, std::size_t count_max);

  bool has(std::string_view name) const;
  /// For rules over several fields ("either seatIds or bestAvailable"). Only the first is kept.
  void fail(std::string detail);
  /// What is wrong, if anything, unknown fields included. Call it on the outermost reader, at the end.
  std::optional<std::string> finish();

private:
  static constexpr std::size_t choice_length_max = 64;
  struct node;
  struct document;
  body_reader(std::shared_ptr<document> whole, node* self);
  const nlohmann::json* take(std::string_view name);
  const nlohmann::json* require(std::string_view name);
  void fail_field(std::string_view name, std::string_view what);
  void fail_choice(std::string_view name, const std::string& names);
  std::int64_t integer(std::string_view name, const nlohmann::json& value, std::int64_t min,
                       std::int64_t max);
  std::string text(std::string_view name, const nlohmann::json& value, std::size_t length_max);
  std::vector<std::int64_t> ids(std::string_view name, const nlohmann::json& value, std::size_t count_max,
                                std::int64_t id_max);
  domain::instant time(std::string_view name, const nlohmann::json& value);
  body_reader nested(std::string path, const nlohmann::json& value);

  std::shared_ptr<document> whole_;
  node* self_;
};

} // namespace frontrow::http
