#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace frontrow::test {

/// The secret that the tests' deployments are started with.
inline const std::string jwt_secret = "a secret of the system tests, long enough for HS256";

/// A JSON web token as an operator's own login would issue it (RFC 7519, HS256), written without the program's code.
std::string access_token_for(std::int64_t user, const std::string& secret = jwt_secret,
                             std::chrono::seconds life = std::chrono::hours{1});
/// Any payload, for tokens that must be refused. `header` and `payload` are JSON texts.
std::string signed_token(const std::string& header, const std::string& payload, const std::string& secret);

} // namespace frontrow::test
