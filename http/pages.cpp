#include "http/pages.hpp"

#include <array>
#include <memory>

namespace frontrow::http {

namespace {

/// Scripts, styles, pictures and answers from here; styles that scripts set on elements are not "inline" ones.
constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A year: the most that RFC 9111 recommends.
constexpr std::string_view kept_for_ever = "public, max-age=31536000, immutable";

/// What the scripts know as pages (web/shop/routes.ts, web/console/routes.ts).
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> shop_paths{{
    {"/", "shopHome"},
    {"/concerts/{concertId:id}", "shopConcert"},
    {"/concerts/{concertId:id}/wait", "shopWait"},
    {"/dates/{optionId:id}", "shopHall"},
    {"/checkout/{reservationId}", "shopCheckout"},
    {"/tickets", "shopTickets"},
    {"/tickets/{paymentId}", "shopTicket"},
    {"/account", "shopAccount"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> console_paths{{
    {"/", "consoleHome"},
    {"/concerts", "consoleConcerts"},
    {"/concerts/{concertId:id}", "consoleConcert"},
    {"/actors", "consoleActors"},
    {"/actors/{kind}/{id:id}", "consoleActor"},
    {"/nodes", "consoleNodes"},
    {"/audit", "consoleAudit"},
}};

enum class keeping : std::uint8_t { ask_again, for_ever };

response answer_with(const request& asked, const page_pack::file& file, keeping how_long) {
  const auto cache = std::string{how_long == keeping::for_ever ? kept_for_ever : "no-cache"};
  const auto coding = coding_for(file, asked.headers.accept_encoding);
  // Other bytes, another strong ETag (RFC 9110, 8.8.3.3): "hash-br".
  auto etag = file.etag;
  if (!coding.empty())
    etag.insert(etag.size() - 1, "-" + std::string{coding});
  if (etag_matches(asked.headers.if_none_match, etag))
    return not_modified(std::move(etag)).with("Cache-Control", cache).with("Vary", "Accept-Encoding");
  auto answer = shared_json(coding == "br" ? file.brotli : coding == "gzip" ? file.gzip : file.identity);
  answer.content_type = file.type;
  answer.with("ETag", std::move(etag))
      .with("Cache-Control", cache)
      .with("Vary", "Accept-Encoding")
      .with("Content-Security-Policy", std::string{content_policy})
      .with("Referrer-Policy", "same-origin");
  if (!coding.empty())
    answer.with("Content-Encoding", std::string{coding});
  return answer;
}

/// `add(pattern, name, find)` where `find(request) -> response`.
template <class Add, class Paths>
void add_face(const page_pack::files& of, const Paths& paths, std::string_view prefix, Add add) {
  if (!of.contains("/"))
    return;
  auto files = std::make_shared<const page_pack::files>(of);
  for (const auto& [pattern, name] : paths)
    add(pattern, std::string{name},
        [files](const request& asked) { return answer_with(asked, files->find("/")->second, keeping::ask_again); });
  add("/assets/{file}", std::string{prefix} + "Asset", [files](const request& asked) {
    const auto found = files->find("/assets/" + std::string{asked.text("file")});
    if (found == files->end())
      return asked.problem(error_code::not_found, "There is nothing at this path");
    return answer_with(asked, found->second, keeping::for_ever);
  });
}

} // namespace

void add_shop_routes(public_router& routes, const page_pack& pages) {
  add_face(pages.of("shop"), shop_paths, "shop", [&](std::string_view pattern, const std::string& name, auto find) {
    routes.add(method::get, pattern, name, access::open,
               [find](request_context& asked) -> awaitable<response> { co_return find(asked); });
  });
}

void add_console_routes(admin_router& routes, const page_pack& pages) {
  add_face(pages.of("console"), console_paths, "console",
           [&](std::string_view pattern, const std::string& name, auto find) {
             routes.add(method::get, pattern, name, access::open, [find](admin_request& asked) { return find(asked); });
           });
}

} // namespace frontrow::http
