#include "http/access_token.hpp"
#include "http/base64url.hpp"
#include "http/json_body.hpp"
#include "http/opaque_ids.hpp"
#include "http/openssl_bytes.hpp"
#include "http/query.hpp"
#include "http/request.hpp"
#include "http/request_parser.hpp"
#include "http/target.hpp"
#include "http/time_text.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string>
#include <string_view>

// Any bytes, read as a request from the first byte to the last field, and as every text that a client may put into
// one. Nothing may crash; what is accepted must be what it says.

namespace {

using namespace frontrow;
using namespace frontrow::http;

void require(bool holds) {
  if (!holds)
    std::abort();
}

/// All fields that any route reads, whatever the body is about.
void read_body(std::string_view text) {
  auto body = body_reader::parse(text);
  require(body.require_money("amount") >= 0);
  body.require_id("optionId");
  body.require_string("reservationId", 128);
  body.optional_string("title", 200);
  body.optional_bool("paused");
  body.optional_time("salesOpenAt");
  body.require_time("startsAt");
  body.optional_int("holdSeconds", 1, 86'400);
  if (const auto seats = body.optional_ids("seatIds", 1'000, INT64_MAX))
    require(seats->size() <= 1'000);
  if (auto best = body.optional_object("bestAvailable")) {
    best->require_int("count", 1, 100'000);
    best->optional_string("tier", 64);
  }
  if (auto sections = body.optional_objects("sections", 1'000))
    for (auto& each : *sections)
      each.require_money("price");
  body.finish();
}

void read_query(std::string_view text) {
  query_reader query{text};
  query.optional_text("after", 128);
  query.optional_int("version", 1, INT64_MAX);
  require(query.limit(20, 100) <= 100);
  query.optional_date("date");
  query.finish();
}

const std::string secret(32, 's');

/// Header and claims, with a blank between, as whoever has the secret could sign them.
std::string signed_token(std::string_view text) {
  const auto blank = std::min(text.find(' '), text.size());
  auto token = base64url(text.substr(0, blank)) + "." + base64url(text.substr(std::min(blank + 1, text.size())));
  std::array<unsigned char, EVP_MAX_MD_SIZE> signature{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(token), token.size(), signature.data(),
       &length);
  return token + "." + base64url({reinterpret_cast<const char*>(signature.data()), length});
}

void read_texts(std::string_view text) {
  static const access_tokens tokens{{.secret = secret}};
  require(!tokens.verify(text, domain::instant{}));
  if (const auto user = tokens.verify(signed_token(text), domain::instant{}))
    require(*user > 0);
  bearer_token(text);
  is_trace_id(text);
  is_idempotency_key(text);
  if (const auto token = parse_queue_token(text))
    require(text_of(*token) == text);
  if (const auto id = parse_reservation(text))
    require(reservation_text(*id) == text);
  if (const auto id = parse_payment(text))
    require(payment_text(*id) == text);
  if (const auto cursor = parse_cursor(text))
    require(cursor_text(*cursor) == text);
}

/// Whether that was a whole request.
bool parse(request_parser& parser, std::string_view bytes) {
  parser.header_limit(8 * 1024);
  parser.body_limit(64 * 1024);
  parser.eager(true);
  while (!bytes.empty() && !parser.is_done()) {
    boost::beast::error_code failed;
    const auto taken = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), failed);
    bytes.remove_prefix(taken);
    if (failed || taken == 0)
      return false;
  }
  return parser.is_done();
}

void read_request(std::string_view bytes) {
  request_text kept, kept_of_steady;
  request_parser parser{kept}, steady{kept_of_steady, bytes};
  const auto whole = parse(parser, bytes);
  require(parse(steady, bytes) == whole);
  if (!whole)
    return;
  require(steady.target() == parser.target() && steady.headers() == parser.headers());
  require(kept.body.size() <= 64 * 1024 && kept_of_steady.body == kept.body);
  std::string decoded;
  const auto target = parse_target(parser.target(), decoded);
  if (target.result == parsed_target::outcome::good)
    read_query(target.query);
  const auto headers = parser.headers();
  read_texts(headers.queue_token);
  read_texts(headers.authorization);
  read_body(kept.body);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  read_request(text);
  read_body(text);
  read_query(text);
  read_texts(text);
  std::string decoded;
  parse_target(text, decoded);
  return 0;
}
