#include "http/ticket.hpp"

#include "http/base64url.hpp"
#include "http/openssl_bytes.hpp"

#include <array>
#include <cassert>
#include <memory>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace frontrow::http {

namespace {

constexpr std::string_view prefix = "FR1.";
constexpr std::size_t key_bytes = 32;
constexpr std::size_t signature_bytes = 64;
/// Four seats with long names are some 400; nobody shall make a door parse more.
constexpr std::size_t ticket_length_max = 4'096;

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using context_ptr = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

std::string seed_of(std::string_view secret) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string seed;
  for (std::size_t at = 0; secret.size() == 2 * key_bytes && at < secret.size(); at += 2) {
    const auto high = digit(secret[at]);
    const auto low = digit(secret[at + 1]);
    if (high < 0 || low < 0)
      break;
    seed += static_cast<char>(high * 16 + low);
  }
  if (seed.size() == key_bytes)
    return seed;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes_of(secret), secret.size(), digest.data());
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

key_ptr private_key(std::string_view seed) {
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()), EVP_PKEY_free};
}

std::optional<ticket_facts> facts_of(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto is = [&](const char* name, auto right) { return json.contains(name) && (json[name].*right)(); };
  using value = nlohmann::json;
  if (!json.is_object() || !is("p", &value::is_string) || !is("c", &value::is_number_integer) ||
      !is("o", &value::is_number_integer) || !is("u", &value::is_number_integer) || !is("s", &value::is_array) ||
      !is("t", &value::is_string))
    return std::nullopt;
  ticket_facts facts{json["p"], json["c"], json["o"], json["u"], {}, json["t"]};
  for (const auto& seat : json["s"]) {
    if (!seat.is_string())
      return std::nullopt;
    facts.seats.push_back(seat);
  }
  return facts;
}

} // namespace

ticket_signer::ticket_signer(std::string_view secret) : seed_(seed_of(secret)) {
  const auto key = private_key(seed_);
  std::string bytes(key_bytes, '\0');
  auto length = bytes.size();
  const auto told =
      key && EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(bytes.data()), &length) == 1;
  assert(told && length == key_bytes && "OpenSSL has Ed25519");
  public_key_ = base64url(bytes);
}

std::string ticket_signer::sign(const ticket_facts& facts) const {
  nlohmann::ordered_json json;
  json["p"] = facts.payment;
  json["c"] = facts.concert;
  json["o"] = facts.option;
  json["u"] = facts.user;
  json["s"] = facts.seats;
  json["t"] = facts.starts_at;
  auto text = std::string{prefix} + base64url(json.dump());
  const auto key = private_key(seed_);
  const context_ptr context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::string signature(signature_bytes, '\0');
  auto length = signature.size();
  const auto is_signed =
      key && context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, bytes_of(text),
                     text.size()) == 1;
  assert(is_signed && length == signature_bytes && "Ed25519 signs any text");
  return text + "." + base64url(signature);
}

std::optional<ticket_facts> verify_ticket(std::string_view ticket, std::string_view public_key) {
  const auto dot = ticket.rfind('.');
  if (ticket.size() > ticket_length_max || !ticket.starts_with(prefix) || dot < prefix.size())
    return std::nullopt;
  const auto told = ticket.substr(0, dot);
  const auto facts = from_base64url(told.substr(prefix.size()));
  const auto signature = from_base64url(ticket.substr(dot + 1));
  const auto raw_key = from_base64url(public_key);
  if (!facts || !signature || !raw_key || raw_key->size() != key_bytes)
    return std::nullopt;
  const key_ptr key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*raw_key), raw_key->size()),
                    EVP_PKEY_free};
  const context_ptr context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  if (!key || !context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestVerify(context.get(), bytes_of(*signature), signature->size(), bytes_of(told), told.size()) != 1)
    return std::nullopt;
  return facts_of(*facts);
}

} // namespace frontrow::http
