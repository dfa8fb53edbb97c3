#include "http/access_token.hpp"

#include "http/base64url.hpp"
#include "http/openssl_bytes.hpp"

#include <boost/test/unit_test.hpp>
#include <jwt.h>
#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string>
#include <vector>

using namespace frontrow;
using namespace frontrow::http;

namespace {

const std::string secret = "0123456789abcdef0123456789abcdef";
constexpr domain::instant now{std::chrono::seconds{1'800'000'000}};
constexpr long now_seconds = 1'800'000'000;

struct key_pair {
  std::string private_pem;
  std::string public_pem;
};

key_pair new_rsa_keys() {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_RSA_gen(2048), &EVP_PKEY_free};
  auto text_of = [](BIO* from) {
    char* data = nullptr;
    auto length = BIO_get_mem_data(from, &data);
    std::string text{data, static_cast<std::size_t>(length)};
    BIO_free(from);
    return text;
  };
  auto* own = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(own, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  auto* shown = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(shown, key.get());
  return {text_of(own), text_of(shown)};
}

const key_pair& rsa_keys() {
  static const auto keys = new_rsa_keys();
  return keys;
}

std::string signed_by_private_key(const std::string& text) {
  std::unique_ptr<BIO, decltype(&BIO_free)> pem{
      BIO_new_mem_buf(rsa_keys().private_pem.data(), static_cast<int>(rsa_keys().private_pem.size())),
      &BIO_free};
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
      PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_size(key.get())), '\0');
  auto length = signature.size();
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, bytes_of(text),
                 text.size());
  return signature.substr(0, length);
}

access_tokens with_secret() {
  return access_tokens{{.secret = secret, .public_key = {}}};
}

access_token_options public_key_options() {
  return {.signed_with = access_token_options::algorithm::rs256,
          .secret = {},
          .public_key = rsa_keys().public_pem};
}

access_tokens with_public_key() {
  return access_tokens{public_key_options()};
}

/// A token with these claims, signed as told.
std::string forged(const std::string& claims, jwt_alg_t algorithm, const std::string& key,
                   const char* header = nullptr) {
  jwt_t* token = nullptr;
  jwt_new(&token);
  jwt_add_grants_json(token, claims.c_str());
  if (header != nullptr)
    jwt_add_headers_json(token, header);
  jwt_set_alg(token, algorithm, reinterpret_cast<const unsigned char*>(key.data()),
              static_cast<int>(key.size()));
  char* text = jwt_encode_str(token);
  std::string made = text != nullptr ? text : "";
  free(text);
  jwt_free(token);
  BOOST_REQUIRE(!made.empty());
  return made;
}

std::string claims(const std::string& sub, long exp) {
  return R"({"sub":)" + sub + R"(,"exp":)" + std::to_string(exp) + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(access_token)

BOOST_AUTO_TEST_CASE(an_issued_token_names_its_user_until_it_expires) {
  auto tokens = with_secret();
  auto token = tokens.issue(42, now, now + std::chrono::hours{1});
  BOOST_REQUIRE(token.has_value());
  BOOST_TEST(tokens.verify(*token, now).value() == 42);
  BOOST_TEST(tokens.verify(*token, now + std::chrono::minutes{59}).value() == 42);
  BOOST_TEST(!tokens.verify(*token, now + std::chrono::hours{1}).has_value()); // on the very second
}

BOOST_AUTO_TEST_CASE(claims_are_checked_one_by_one) {
  struct {
    const char* what;
    std::string claims;
    bool good;
  } table[] = {
      {"whole", claims("\"42\"", now_seconds + 10), true},
      {"other claims besides", R"({"sub":"42","exp":1800000010,"iss":"x","aud":["y"]})", true},
      {"the largest user", claims("\"9223372036854775807\"", now_seconds + 10), true},
      {"expired", claims("\"42\"", now_seconds), false},
      {"long expired", claims("\"42\"", 1), false},
      {"no exp", R"({"sub":"42"})", false},
      {"exp as text", R"({"sub":"42","exp":"1800000010"})", false},
      {"exp as fraction", R"({"sub":"42","exp":1800000010.5})", false},
      {"no sub", R"({"exp":1800000010})", false},
      {"sub as number", claims("42", now_seconds + 10), false},
      {"sub zero", claims("\"0\"", now_seconds + 10), false},
      {"sub negative", claims("\"-42\"", now_seconds + 10), false},
      {"sub with sign", claims("\"+42\"", now_seconds + 10), false},
      {"sub with leading zero", claims("\"042\"", now_seconds + 10), false},
      {"sub with blank", claims("\" 42\"", now_seconds + 10), false},
      {"sub with tail", claims("\"42x\"", now_seconds + 10), false},
      {"sub empty", claims("\"\"", now_seconds + 10), false},
      {"sub too large", claims("\"9223372036854775808\"", now_seconds + 10), false},
      {"not yet", R"({"sub":"42","exp":1800000010,"nbf":1800000001})", false},
      {"just begun", R"({"sub":"42","exp":1800000010,"nbf":1800000000})", true},
      {"nbf as text", R"({"sub":"42","exp":1800000010,"nbf":"0"})", false},
  };
  for (const auto& row : table)
    BOOST_TEST_CONTEXT(row.what)
  BOOST_TEST(with_secret().verify(forged(row.claims, JWT_ALG_HS256, secret), now).has_value() == row.good);
}

BOOST_AUTO_TEST_CASE(only_the_configured_algorithm_counts) {
  auto good = claims("\"42\"", now_seconds + 10);
  BOOST_TEST(!with_secret().verify(forged(good, JWT_ALG_HS384, secret), now).has_value());
  BOOST_TEST(!with_secret().verify(forged(good, JWT_ALG_HS512, secret), now).has_value());
  BOOST_TEST(!with_secret()
                  .verify(forged(good, JWT_ALG_HS256, "another secret, also quite long!"), now)
                  .has_value());
  BOOST_TEST(!with_secret().verify(forged(good, JWT_ALG_RS256, rsa_keys().private_pem), now).has_value());

  auto signed_well = forged(good, JWT_ALG_RS256, rsa_keys().private_pem);
  BOOST_TEST(with_public_key().verify(signed_well, now).value() == 42);
  // The classic: the public key is public, so anybody can use its text as an HMAC secret.
  BOOST_TEST(!with_public_key().verify(forged(good, JWT_ALG_HS256, rsa_keys().public_pem), now).has_value());
  BOOST_TEST(!with_public_key().verify(forged(good, JWT_ALG_RS512, rsa_keys().private_pem), now).has_value());
  BOOST_TEST(!with_public_key().issue(42, now, now + std::chrono::hours{1}).has_value());
}

BOOST_AUTO_TEST_CASE(unsigned_tokens_are_refused) {
  auto body = base64url(claims("\"42\"", now_seconds + 10));
  for (const auto* header : {R"({"alg":"none"})", R"({"alg":"None","typ":"JWT"})", R"({"alg":"NONE"})",
                             R"({"typ":"JWT"})", "{}", R"({"alg":null})"}) {
    auto start = base64url(header) + "." + body;
    for (const auto& token : {start + ".", start, start + "..", start + ".e30"}) {
      BOOST_TEST_CONTEXT(token) {
        BOOST_TEST(!with_secret().verify(token, now).has_value());
        BOOST_TEST(!with_public_key().verify(token, now).has_value());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_header_that_names_another_algorithm_than_it_is_signed_with_is_refused) {
  const auto under = [](const std::string& header) {
    const auto text = base64url(header) + "." + base64url(claims("\"42\"", now_seconds + 10));
    std::string signature(EVP_MAX_MD_SIZE, '\0');
    unsigned int length = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(),
         reinterpret_cast<unsigned char*>(signature.data()), &length);
    return with_secret().verify(text + "." + base64url(signature.substr(0, length)), now).has_value();
  };
  BOOST_TEST(under(R"({"alg":"HS256","typ":"JWT"})"));
  BOOST_TEST(under(R"({"typ":"JWT","alg":"HS256"})"));
  BOOST_TEST(under(R"({"typ": "JWT", "alg": "HS256"})"));
  BOOST_TEST(under(R"({"alg":"HS256"})"));
  for (const auto* header :
       {R"({"alg":"none"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})", R"({"alg":"hs256"})",
        R"({"alg":["HS256"]})", R"({"typ":"JWT"})", "{}", "[]", "x"})
    BOOST_TEST(!under(header), header);
}

BOOST_AUTO_TEST_CASE(a_token_that_the_private_key_signed_under_another_algorithms_name_is_refused) {
  const auto under = [](const std::string& header) {
    const auto text = base64url(header) + "." + base64url(claims("\"42\"", now_seconds + 10));
    return with_public_key().verify(text + "." + base64url(signed_by_private_key(text)), now).has_value();
  };
  BOOST_TEST(under(R"({"alg":"RS256","typ":"JWT"})"));
  BOOST_TEST(!under(R"({"alg":"HS256","typ":"JWT"})"));
  BOOST_TEST(!under(R"({"typ":"JWT","alg":"HS256"})"));
}

BOOST_AUTO_TEST_CASE(an_extension_that_must_be_understood_is_refused) {
  auto good = claims("\"42\"", now_seconds + 10);
  BOOST_TEST(!with_secret()
                  .verify(forged(good, JWT_ALG_HS256, secret, R"({"crit":["b64"],"b64":false})"), now)
                  .has_value());
}

BOOST_AUTO_TEST_CASE(a_token_changed_anywhere_is_refused) {
  auto tokens = with_secret();
  auto token = tokens.issue(42, now, now + std::chrono::hours{1}).value();
  for (std::size_t at = 0; at < token.size(); ++at) {
    auto changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (changed[at] != token[at] && token[at] != '.')
      BOOST_TEST(!tokens.verify(changed, now).has_value(), "changed at " << at);
  }
}

BOOST_AUTO_TEST_CASE(under_a_public_key_only_what_its_owner_signed_is_good) {
  const auto tokens = with_public_key();
  const auto one = forged(claims("\"42\"", now_seconds + 10), JWT_ALG_RS256, rsa_keys().private_pem);
  const auto other = forged(claims("\"43\"", now_seconds + 10), JWT_ALG_RS256, rsa_keys().private_pem);
  BOOST_TEST(tokens.verify(one, now).value() == 42);
  const auto dot = one.rfind('.');
  for (std::size_t at = 0; at < one.size(); at += at < dot ? 1 : 37) {
    auto changed = one;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (one[at] != '.')
      BOOST_TEST(!tokens.verify(changed, now).has_value(), "changed at " << at);
  }
  BOOST_TEST(!tokens.verify(one.substr(0, one.size() - 4), now).has_value());
  BOOST_TEST(!tokens.verify(one + "AAAA", now).has_value());
  BOOST_TEST(!tokens.verify(one.substr(0, dot) + other.substr(other.rfind('.')), now).has_value());
  const auto stranger = new_rsa_keys();
  const auto theirs = forged(claims("\"42\"", now_seconds + 10), JWT_ALG_RS256, stranger.private_pem);
  BOOST_TEST(!tokens.verify(theirs, now).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_token_is_refused) {
  auto tokens = with_secret();
  auto token = tokens.issue(42, now, now + std::chrono::hours{1}).value();
  const std::vector<std::string> table{"",
                                       ".",
                                       "..",
                                       "...",
                                       "a.b.c",
                                       token + ".x",
                                       token + " ",
                                       " " + token,
                                       token.substr(0, token.size() / 2),
                                       std::string(1 << 20, 'a'),
                                       std::string(2000, '.'),
                                       std::string("a.b\0.c", 6),
                                       "é.é.é",
                                       token + "=",
                                       base64url(std::string(1000, '[')) + "." + base64url("{}") + ".AAAA",
                                       token.substr(0, token.find('.')) + "." + std::string(5000, 'A') +
                                           ".AAAA"};
  for (const auto& each : table)
    BOOST_TEST(!tokens.verify(each, now).has_value(), each.substr(0, 80));
}

BOOST_AUTO_TEST_CASE(under_a_public_key_tokens_are_remembered_but_not_without_bound) {
  auto options = public_key_options();
  options.cache_entries_max = 160;
  const access_tokens tokens{options};
  for (int user = 1; user <= 400; ++user) {
    const auto token = forged(claims('"' + std::to_string(user) + '"', now_seconds + 10), JWT_ALG_RS256,
                              rsa_keys().private_pem);
    for (int time = 0; time < 2; ++time)
      BOOST_TEST(tokens.verify(token, now).value() == user);
  }
  BOOST_TEST(tokens.cached() <= 160U);
  BOOST_TEST(tokens.cached() > 80U);
}

BOOST_AUTO_TEST_CASE(a_remembered_token_is_good_no_longer_than_it_says) {
  const auto tokens = with_public_key();
  const auto token = forged(claims("\"42\"", now_seconds + 10), JWT_ALG_RS256, rsa_keys().private_pem);
  BOOST_TEST(tokens.verify(token, now).value() == 42);
  BOOST_TEST(tokens.cached() == 1U);
  BOOST_TEST(tokens.verify(token, now + std::chrono::milliseconds{9'999}).value() == 42);
  BOOST_TEST(!tokens.verify(token, now + std::chrono::seconds{10}).has_value());
  BOOST_TEST(tokens.cached() == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_refused_is_not_remembered) {
  const auto tokens = with_public_key();
  tokens.verify("a.b.c", now);
  tokens.verify(forged(claims("\"42\"", now_seconds), JWT_ALG_RS256, rsa_keys().private_pem), now);
  BOOST_TEST(tokens.cached() == 0U);
}

BOOST_AUTO_TEST_CASE(under_a_secret_no_token_is_remembered) {
  const auto tokens = with_secret();
  const auto token = tokens.issue(42, now, now + std::chrono::hours{1}).value();
  BOOST_TEST(tokens.verify(token, now).value() == 42);
  BOOST_TEST(tokens.cached() == 0U);
}

BOOST_AUTO_TEST_CASE(keys_that_are_none_are_refused_at_the_start) {
  using options = access_token_options;
  BOOST_CHECK_THROW(access_tokens{options{}}, std::invalid_argument);
  BOOST_CHECK_THROW(
      (access_tokens{options{.signed_with = options::algorithm::rs256, .secret = {}, .public_key = {}}}),
      std::invalid_argument);
  BOOST_CHECK_THROW((access_tokens{options{
                        .signed_with = options::algorithm::rs256, .secret = {}, .public_key = "no key"}}),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(the_bearer_scheme_is_found_whatever_its_case) {
  BOOST_TEST(bearer_token("Bearer abc").value() == "abc");
  BOOST_TEST(bearer_token("bEARER  abc").value() == "abc");
  for (auto bad : {"", "Bearer", "Bearer ", "Basic abc", "Bearerabc", "Bearer\tabc"})
    BOOST_TEST(!bearer_token(bad).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
