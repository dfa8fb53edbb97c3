#include "http/docs_page.hpp"

#include "http/embedded.hpp"

#include <array>
#include <memory>
#include <openssl/sha.h>
#include <string>

namespace frontrow::http {

namespace {

/// Nothing from anywhere else. Swagger UI sets style attributes and shows data: images; its scripts are ours.
constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string etag_of(std::string_view content) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
  static constexpr char digits[] = "0123456789abcdef";
  std::string etag = "\"";
  for (std::size_t at = 0; at < 16; ++at) {
    etag += digits[digest[at] >> 4];
    etag += digits[digest[at] & 15];
  }
  return etag + "\"";
}

void add_file(public_router& routes, std::string_view path, std::string_view name, std::string_view type,
              std::string_view content) {
  auto whole = std::make_shared<const std::string>(content);
  routes.add(method::get, path, name, access::open,
             [whole, type, etag = etag_of(content)](request_context& asked) -> awaitable<response> {
               auto query = asked.query();
               if (auto wrong = query.finish())
                 co_return asked.invalid(*wrong);
               if (etag_matches(asked.headers.if_none_match, etag))
                 co_return not_modified(etag);
               auto answer = shared_json(whole);
               answer.content_type = type;
               answer.with("ETag", etag).with("Content-Security-Policy", std::string{content_policy});
               co_return answer;
             });
}

} // namespace

std::string_view openapi_text() {
  return embedded::openapi_json();
}

void add_docs_routes(public_router& routes) {
  constexpr std::string_view script = "text/javascript; charset=utf-8";
  add_file(routes, "/openapi.json", "getOpenApi", json_type, embedded::openapi_json());
  add_file(routes, "/docs", "getDocs", "text/html; charset=utf-8", embedded::docs_html());
  add_file(routes, "/docs/docs.js", "getDocsScript", script, embedded::docs_js());
  add_file(routes, "/docs/swagger-ui.css", "getDocsStyle", "text/css; charset=utf-8",
           embedded::swagger_ui_css());
  add_file(routes, "/docs/swagger-ui-bundle.js", "getDocsBundle", script, embedded::swagger_ui_js());
}

} // namespace frontrow::http
