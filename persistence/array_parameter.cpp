#include "persistence/array_parameter.hpp"

#include <cassert>
#include <limits>

namespace frontrow::persistence::detail {

namespace {

/// The header: dimensions, flags, type, then the only dimension's length and first index, a word each.
constexpr std::uint32_t dimensions = 1, flags = 0, first_index = 1;
constexpr std::size_t count_at = 3 * sizeof(std::uint32_t);
constexpr std::uint32_t null_length = 0xffff'ffff;
/// Before the text of a jsonb, as jsonb_recv wants it.
constexpr char jsonb_version = 1;

/// In network byte order.
template <class Number>
void write(char* at, Number number) {
  for (auto byte = sizeof number; byte-- > 0; number >>= 8)
    at[byte] = static_cast<char>(number & 0xff);
}

template <class Number>
void append(std::string& to, Number number) {
  char bytes[sizeof number];
  write(bytes, number);
  to.append(bytes, sizeof bytes);
}

} // namespace

template <array_of Of>
array_parameter<Of>::array_parameter() {
  for (const auto word : {dimensions, flags, static_cast<std::uint32_t>(Of), count_, first_index})
    append(bytes_, word);
}

template <array_of Of>
void array_parameter<Of>::begin_element(std::uint32_t length) {
  write(bytes_.data() + count_at, ++count_);
  append(bytes_, length);
}

template <array_of Of>
void array_parameter<Of>::add(std::int64_t number) requires(Of == array_of::bigint ||
                                                            Of == array_of::integer) {
  if constexpr (Of == array_of::bigint) {
    begin_element(sizeof number);
    append(bytes_, static_cast<std::uint64_t>(number));
  } else {
    assert(number >= std::numeric_limits<std::int32_t>::min() &&
           number <= std::numeric_limits<std::int32_t>::max());
    begin_element(sizeof(std::int32_t));
    append(bytes_, static_cast<std::uint32_t>(number));
  }
}

template <array_of Of>
void array_parameter<Of>::add(std::optional<std::int64_t> number) requires(Of == array_of::bigint) {
  if (number)
    return add(*number);
  begin_element(null_length);
}

template <array_of Of>
void array_parameter<Of>::add(std::string_view text) requires(Of == array_of::text || Of == array_of::jsonb) {
  const std::size_t before = Of == array_of::jsonb ? 1 : 0;
  begin_element(static_cast<std::uint32_t>(before + text.size()));
  bytes_.append(before, jsonb_version).append(text);
}

template class array_parameter<array_of::bigint>;
template class array_parameter<array_of::integer>;
template class array_parameter<array_of::text>;
template class array_parameter<array_of::jsonb>;

} // namespace frontrow::persistence::detail
