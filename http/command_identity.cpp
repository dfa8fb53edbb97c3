#include "http/command_identity.hpp"

#include "persistence/json_text.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace frontrow::http {

namespace {

using digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

digest sha256(std::string_view text) {
  digest result{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data());
  return result;
}

std::uint64_t number_at(std::span<const std::uint8_t> bytes, std::size_t from) {
  std::uint64_t number = 0;
  for (std::size_t at = from; at < from + 8; ++at)
    number = (number << 8) | bytes[at];
  return number;
}

} // namespace

void secure_random(std::span<std::uint8_t> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    std::fprintf(stderr, "frontrow: the system gives no random bytes\n");
    std::abort();
  }
}

domain::command_id identity_of(const front& in, const request_context& asked, std::string_view scope) {
  if (asked.idempotency_key.empty()) {
    std::array<std::uint8_t, 16> bytes{};
    in.random(bytes);
    return {number_at(bytes, 0), number_at(bytes, 8) | 1}; // never "none"
  }
  // Neither scope nor key can hold the separator, so no two triples give one text.
  std::string text = std::to_string(asked.caller);
  text.append("\n").append(scope).append("\n").append(asked.idempotency_key);
  const auto bytes = sha256(text);
  return {number_at(bytes, 0), number_at(bytes, 8)};
}

std::uint64_t fingerprint_of(std::string_view canonical_body) {
  return number_at(sha256(canonical_body), 0);
}

std::string digest_text(std::string_view text) {
  std::string digits;
  persistence::append_hex(digits, std::span<const std::uint8_t>{sha256(text)}.first(16));
  return digits;
}

std::string etag_of_content(std::string_view content) {
  return '"' + digest_text(content) + '"';
}

} // namespace frontrow::http
