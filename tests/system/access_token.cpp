#include "access_token.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string_view>

namespace frontrow::test {

namespace {

std::string base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                      static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  while (text.ends_with('='))
    text.pop_back();
  for (auto& c : text)
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

} // namespace

std::string signed_token(const std::string& header, const std::string& payload, const std::string& secret) {
  const auto text = base64url(header) + "." + base64url(payload);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &length);
  return text + "." + base64url({reinterpret_cast<const char*>(mac), length});
}

std::string access_token_for(std::int64_t user, const std::string& secret, std::chrono::seconds life) {
  const auto until = std::chrono::system_clock::now() + life;
  return signed_token(R"({"alg":"HS256","typ":"JWT"})",
                      R"({"sub":")" + std::to_string(user) + R"(","exp":)" +
                          std::to_string(std::chrono::system_clock::to_time_t(until)) + "}",
                      secret);
}

} // namespace frontrow::test
