#include "http/base64url.hpp"

#include "http/openssl_bytes.hpp"

#include <openssl/evp.h>

namespace frontrow::http {

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
  std::string padded{text};
  for (auto& digit : padded)
    digit = digit == '-' ? '+' : digit == '_' ? '/' : digit;
  const auto missing = (4 - padded.size() % 4) % 4;
  padded.append(missing, '=');
  std::string bytes(padded.size() / 4 * 3, '\0');
  const auto length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(padded),
                                      static_cast<int>(padded.size()));
  if (length < 0 || missing > 2)
    return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - missing);
  return base64url(bytes) == text ? std::optional{std::move(bytes)} : std::nullopt;
}

} // namespace frontrow::http
