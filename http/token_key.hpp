#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace frontrow::http {

/// What access tokens' signatures are checked with, prepared once: libjwt prepares it anew for each token, which
/// takes longer than the check itself. Safe from any thread.
class token_key {
public:
  virtual ~token_key() = default;

  /// As a JWS header names it: "HS256".
  virtual std::string_view algorithm() const = 0;
  /// Whether `signature` (bytes) is this key's under `text`.
  virtual bool has_signed(std::string_view text, std::string_view signature) const = 0;
};

/// HMAC with SHA-256. Throws std::invalid_argument when the secret is empty, std::runtime_error when OpenSSL is set up
/// without it.
std::unique_ptr<token_key> hs256_key(std::string_view secret);

/// RSA (PKCS #1, 1.5) with SHA-256. Throws std::invalid_argument when the PEM text is no RSA public key of
/// 2,048 bits or more.
std::unique_ptr<token_key> rs256_key(std::string_view public_pem);

} // namespace frontrow::http
