#include "http/command_identity.hpp"

#include "persistence/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace frontrow::http {

namespace {

using digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "frontrow: %s\n", why);
  std::abort();
}

/// SHA256() would look for the algorithm and make a context for each text, which takes longer than a short
/// one's digest.
digest sha256(std::string_view text) {
  static const auto* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free};
  digest result{};
  if (algorithm == nullptr || !context || EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), text.data(), text.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), result.data(), nullptr) != 1)
    give_up("OpenSSL has no SHA-256");
  return result;
}

/// Random bytes in store: OpenSSL asks the system for its process number at each call.
class random_store {
public:
  ~random_store() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  /// Gives as many as are there at the moment, at least one, and says how many.
  std::size_t give(std::span<std::uint8_t> to) {
    if (given_ == bytes_.size()) {
      if (RAND_bytes(bytes_.data(), static_cast<int>(bytes_.size())) != 1)
        give_up("the system gives no random bytes");
      given_ = 0;
    }
    const auto some = std::span{bytes_}.subspan(given_, std::min(to.size(), bytes_.size() - given_));
    std::copy(some.begin(), some.end(), to.begin());
    OPENSSL_cleanse(some.data(), some.size()); // nobody finds here what others were given
    given_ += some.size();
    return some.size();
  }

private:
  std::array<std::uint8_t, 512> bytes_{};
  std::size_t given_ = bytes_.size();
};

std::uint64_t number_at(std::span<const std::uint8_t> bytes, std::size_t from) {
  std::uint64_t number = 0;
  for (std::size_t at = from; at < from + 8; ++at)
    number = (number << 8) | bytes[at];
  return number;
}

} // namespace

void secure_random(std::span<std::uint8_t> bytes) {
  thread_local random_store store;
  while (!bytes.empty())
    bytes = bytes.subspan(store.give(bytes));
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
