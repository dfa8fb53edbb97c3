#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

namespace frontrow::persistence::detail {

/// What arrays are of: PostgreSQL's numbers of the types (pg_type.dat), which never change.
enum class array_of : std::uint32_t { bigint = 20, integer = 23, text = 25, jsonb = 3802 };

/// Grows an array that a statement takes as a parameter, `$1::bigint[]`, for unnest or any(). In binary form,
/// as array_recv reads it: texts need no escapes, and the server parses no literal. An array of an enum is
/// one of text with a cast (`$1::text[]::entity_kind[]`): an enum's number is the database's own.
template <array_of Of>
class array_parameter {
public:
  array_parameter();

  void add(std::int64_t number) requires(Of == array_of::bigint || Of == array_of::integer);
  /// Nothing: null.
  void add(std::optional<std::int64_t> number) requires(Of == array_of::bigint);
  /// UTF-8 without NUL; of jsonb, a JSON text.
  void add(std::string_view text) requires(Of == array_of::text || Of == array_of::jsonb);

  std::size_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }
  /// To be passed to exec_params or exec_prepared.
  pqxx::binarystring value() const { return pqxx::binarystring{bytes_.data(), bytes_.size()}; }

private:
  /// `length` in bytes, of what is appended next.
  void begin_element(std::uint32_t length);

  std::string bytes_;
  std::uint32_t count_ = 0;
};

using bigint_array = array_parameter<array_of::bigint>;
using integer_array = array_parameter<array_of::integer>;
using text_array = array_parameter<array_of::text>;
using jsonb_array = array_parameter<array_of::jsonb>;

} // namespace frontrow::persistence::detail
