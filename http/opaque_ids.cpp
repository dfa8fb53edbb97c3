#include "http/opaque_ids.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace frontrow::http {

namespace {

constexpr std::string_view base32_digits = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's, in lower case
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t token_bytes = 32;
constexpr std::size_t token_length = 43; // 32 bytes are 42 digits and 4 bits
constexpr auto int64_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

template <std::size_t Size>
constexpr std::array<std::int8_t, 256> values_of(std::string_view digits) {
  static_assert(Size <= 64);
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t value = 0; value < Size; ++value)
    values[static_cast<unsigned char>(digits[value])] = static_cast<std::int8_t>(value);
  return values;
}
constexpr auto base32_values = values_of<32>(base32_digits);
constexpr auto base64_values = values_of<64>(base64_digits);

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 13> text{};
  auto at = text.size();
  for (auto rest = static_cast<std::uint64_t>(number); rest != 0; rest >>= 5)
    text[--at] = base32_digits[rest & 31];
  out.append(text.data() + at, text.size() - at);
}

/// Nothing unless the text is the one text of a positive number.
std::optional<std::int64_t> number_of(std::string_view text) {
  if (text.empty() || text.size() > 13 || text.front() == '0')
    return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : text) {
    const auto value = base32_values[static_cast<unsigned char>(digit)];
    if (value < 0 || number > (int64_max >> 5))
      return std::nullopt;
    number = (number << 5) | static_cast<std::uint64_t>(value);
  }
  return static_cast<std::int64_t>(number);
}

template <std::size_t Count>
std::string numbers_text(char prefix, const std::array<std::int64_t, Count>& numbers) {
  std::string text(1, prefix);
  for (std::size_t at = 0; at < Count; ++at) {
    if (at > 0)
      text += '-';
    append_number(text, numbers[at]);
  }
  return text;
}

template <std::size_t Count>
std::optional<std::array<std::int64_t, Count>> parse_numbers(char prefix, std::string_view text) {
  if (text.empty() || text.front() != prefix)
    return std::nullopt;
  text.remove_prefix(1);
  std::array<std::int64_t, Count> numbers{};
  for (std::size_t at = 0; at < Count; ++at) {
    const auto end = at + 1 < Count ? text.find('-') : text.size();
    if (end == std::string_view::npos)
      return std::nullopt;
    const auto number = number_of(text.substr(0, end));
    if (!number)
      return std::nullopt;
    numbers[at] = *number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return numbers;
}

void put_number(std::span<std::uint8_t> into, std::int64_t number) {
  auto rest = static_cast<std::uint64_t>(number);
  for (std::size_t at = 8; at-- > 0; rest >>= 8)
    into[at] = static_cast<std::uint8_t>(rest & 0xff);
}

std::uint64_t take_number(std::span<const std::uint8_t> from) {
  std::uint64_t number = 0;
  for (std::size_t at = 0; at < 8; ++at)
    number = (number << 8) | from[at];
  return number;
}

} // namespace

std::string text_of(const queue_token& token) {
  std::array<std::uint8_t, token_bytes + 1> bytes{}; // one more, for three make four digits
  put_number(bytes, token.concert);
  put_number(std::span{bytes}.subspan(8), token.place);
  std::copy(token.secret.begin(), token.secret.end(), bytes.begin() + 16);
  std::string text(token_length + 1, '\0');
  auto digit = text.begin();
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto group = static_cast<std::uint32_t>(bytes[at] << 16 | bytes[at + 1] << 8 | bytes[at + 2]);
    *digit++ = base64_digits[group >> 18];
    *digit++ = base64_digits[group >> 12 & 63];
    *digit++ = base64_digits[group >> 6 & 63];
    *digit++ = base64_digits[group & 63];
  }
  text.pop_back(); // the padding's
  return text;
}

std::optional<queue_token> parse_queue_token(std::string_view text) {
  if (text.size() != token_length)
    return std::nullopt;
  std::array<std::uint8_t, token_bytes> bytes{};
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t filled = 0;
  for (const char digit : text) {
    const auto value = base64_values[static_cast<unsigned char>(digit)];
    if (value < 0)
      return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[filled++] = static_cast<std::uint8_t>((bits >> held) & 0xff);
    }
  }
  if ((bits & 3u) != 0) // the two bits beyond the last byte: another text of the same token
    return std::nullopt;
  const auto concert = take_number(bytes);
  const auto place = take_number(std::span{bytes}.subspan(8));
  if (concert == 0 || concert > int64_max || place == 0 || place > int64_max)
    return std::nullopt;
  queue_token token{static_cast<std::int64_t>(concert), static_cast<std::int64_t>(place), {}};
  std::copy(bytes.begin() + 16, bytes.end(), token.secret.begin());
  return token;
}

std::string reservation_text(purchase_id id) {
  return numbers_text<2>('r', {id.option, id.number});
}
std::string payment_text(purchase_id id) {
  return numbers_text<2>('p', {id.option, id.number});
}
std::string charge_text(account_entry_id id) {
  return numbers_text<2>('c', {id.user, id.number});
}
std::string entry_text(account_entry_id id) {
  return numbers_text<2>('e', {id.user, id.number});
}

std::optional<purchase_id> parse_reservation(std::string_view text) {
  const auto numbers = parse_numbers<2>('r', text);
  return numbers ? std::optional{purchase_id{(*numbers)[0], (*numbers)[1]}} : std::nullopt;
}

std::optional<purchase_id> parse_payment(std::string_view text) {
  const auto numbers = parse_numbers<2>('p', text);
  return numbers ? std::optional{purchase_id{(*numbers)[0], (*numbers)[1]}} : std::nullopt;
}

std::optional<account_entry_id> parse_entry(std::string_view text) {
  const auto numbers = parse_numbers<2>('e', text);
  return numbers ? std::optional{account_entry_id{(*numbers)[0], (*numbers)[1]}} : std::nullopt;
}

std::string cursor_text(const persistence::party_cursor& cursor) {
  return numbers_text<3>('l', {cursor.at.time_since_epoch().count(), cursor.entity, cursor.version});
}

std::optional<persistence::party_cursor> parse_cursor(std::string_view text) {
  const auto numbers = parse_numbers<3>('l', text);
  if (!numbers)
    return std::nullopt;
  return persistence::party_cursor{domain::instant{domain::milliseconds{(*numbers)[0]}}, (*numbers)[1],
                                   (*numbers)[2]};
}

} // namespace frontrow::http
