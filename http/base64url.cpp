#include "http/base64url.hpp"

#include "http/openssl_bytes.hpp"

#include <array>
#include <cstdint>
#include <openssl/evp.h>

namespace frontrow::http {

namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 0xff;

constexpr auto value_of = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t value = 0; value < digits.size(); ++value)
    values[static_cast<unsigned char>(digits[value])] = static_cast<std::uint8_t>(value);
  return values;
}();

} // namespace

std::string base64url(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes_of(bytes),
                                      static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  while (!text.empty() && text.back() == '=')
    text.pop_back();
  for (auto& digit : text)
    digit = digit == '+' ? '-' : digit == '/' ? '_' : digit;
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes(text.size() * 3 / 4, '\0');
  std::uint32_t bits = 0;
  unsigned left = 0; // of them, not in a byte yet
  auto next = bytes.begin();
  for (const char digit : text) {
    const auto value = value_of[static_cast<unsigned char>(digit)];
    if (value == no_digit)
      return std::nullopt;
    bits = bits << 6 | value;
    left += 6;
    if (left >= 8) {
      left -= 8;
      *next++ = static_cast<char>(bits >> left);
    }
  }
  // The last digit's bits that belong to no byte are zeros, and no digit is there for them alone.
  if (left >= 6 || (bits & ((1U << left) - 1)) != 0)
    return std::nullopt;
  return bytes;
}

} // namespace frontrow::http
