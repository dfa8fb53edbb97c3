#pragma once

#include "http/page_pack.hpp"
#include "http/router.hpp"

/// The shop and the console: files out of the binary, and nothing else. Neither knows anything that the API does
/// not tell; the console's page is open, all that it shows needs the operators' token.
///
/// A path of the shop or the console that its own script understands answers with the page; any other path is
/// 404 as ever. Files under /assets/ bear a hash of their content in their names and may be kept for ever; the
/// page itself is asked for again each time. Both run under a Content-Security-Policy that lets them talk to
/// where they came from alone. When the pages could not be built nothing is added.
namespace frontrow::http {

void add_shop_routes(public_router& routes, const page_pack& pages = page_pack::embedded());
void add_console_routes(admin_router& routes, const page_pack& pages = page_pack::embedded());

} // namespace frontrow::http
