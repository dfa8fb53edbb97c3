#pragma once

#include <string_view>

/// Files that the build puts into the binary (embedded.S.in).
namespace frontrow::http::embedded {

std::string_view openapi_json();
std::string_view docs_html();
std::string_view docs_js();
std::string_view swagger_ui_css();
std::string_view swagger_ui_js();
/// See page_pack.hpp; empty when the pages could not be built.
std::string_view pages();

} // namespace frontrow::http::embedded
