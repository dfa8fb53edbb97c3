#pragma once

#include "http/router.hpp"

#include <string_view>

namespace frontrow::http {

/// The OpenAPI 3.1 document, as embedded.
std::string_view openapi_text();

/// Adds GET /openapi.json, /docs and what the page loads. Everything comes from the binary, nothing from
/// a third party; the page runs under a Content-Security-Policy of 'self'. All with ETags.
void add_docs_routes(public_router& routes);

} // namespace frontrow::http
