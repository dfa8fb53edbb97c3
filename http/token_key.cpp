#include "http/token_key.hpp"

#include "http/openssl_bytes.hpp"

#include <array>
#include <mutex>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdexcept>
#include <utility>
#include <vector>

namespace frontrow::http {

namespace {

constexpr int rsa_bits_min = 2048; // RFC 7518, 3.3

template <auto Free>
struct freed_by {
  void operator()(auto* what) const { Free(what); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using mac_ptr = std::unique_ptr<EVP_MAC_CTX, freed_by<EVP_MAC_CTX_free>>;

class shared_secret final : public token_key {
public:
  explicit shared_secret(std::string_view secret) {
    if (secret.empty())
      throw std::invalid_argument("the secret for access tokens is empty");
    const std::unique_ptr<EVP_MAC, freed_by<EVP_MAC_free>> hmac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    if (hmac)
      keyed_.reset(EVP_MAC_CTX_new(hmac.get()));
    std::string digest{"SHA256"};
    const std::array options{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                             OSSL_PARAM_construct_end()};
    if (!keyed_ || EVP_MAC_init(keyed_.get(), bytes_of(secret), secret.size(), options.data()) != 1)
      throw std::runtime_error("OpenSSL has no HMAC with SHA-256");
  }

  std::string_view algorithm() const override { return "HS256"; }
  bool has_signed(std::string_view text, std::string_view signature) const override {
    auto context = take_context();
    if (!context)
      return false;
    std::array<unsigned char, SHA256_DIGEST_LENGTH> right{};
    auto length = right.size();
    // Without a key, EVP_MAC_init begins anew under the one that is there.
    const auto signed_well = EVP_MAC_init(context.get(), nullptr, 0, nullptr) == 1 &&
                             EVP_MAC_update(context.get(), bytes_of(text), text.size()) == 1 &&
                             EVP_MAC_final(context.get(), right.data(), &length, right.size()) == 1 &&
                             length == signature.size() &&
                             CRYPTO_memcmp(right.data(), signature.data(), length) == 0;
    give_back(std::move(context));
    return signed_well;
  }

private:
  /// One for each thread that checks at the same time: making one takes as long as a check.
  mac_ptr take_context() const {
    {
      const std::lock_guard lock{mutex_};
      if (!spare_.empty()) {
        auto taken = std::move(spare_.back());
        spare_.pop_back();
        return taken;
      }
    }
    return mac_ptr{EVP_MAC_CTX_dup(keyed_.get())};
  }
  void give_back(mac_ptr context) const {
    const std::lock_guard lock{mutex_};
    spare_.push_back(std::move(context));
  }

  mac_ptr keyed_;
  mutable std::mutex mutex_;
  mutable std::vector<mac_ptr> spare_;
};

class rsa_public_key final : public token_key {
public:
  explicit rsa_public_key(std::string_view pem) {
    const std::unique_ptr<BIO, freed_by<BIO_free>> source{
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    key_.reset(PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr));
    if (!key_ || EVP_PKEY_base_id(key_.get()) != EVP_PKEY_RSA || EVP_PKEY_bits(key_.get()) < rsa_bits_min)
      throw std::invalid_argument(
          "the public key for access tokens is no RSA key of 2048 bits or more in PEM");
  }

  std::string_view algorithm() const override { return "RS256"; }
  bool has_signed(std::string_view text, std::string_view signature) const override {
    const digest_ptr context{EVP_MD_CTX_new()};
    return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                            text.size()) == 1;
  }

private:
  key_ptr key_;
};

} // namespace

std::unique_ptr<token_key> hs256_key(std::string_view secret) {
  return std::make_unique<shared_secret>(secret);
}

std::unique_ptr<token_key> rs256_key(std::string_view public_pem) {
  return std::make_unique<rsa_public_key>(public_pem);
}

} // namespace frontrow::http
