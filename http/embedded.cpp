#include "http/embedded.hpp"

// Written by the assembler: see embedded.S.in.
#define FRONTROW_EMBEDDED(name)                                                                              \
  extern "C" const char frontrow_##name##_begin[];                                                           \
  extern "C" const char frontrow_##name##_end[];                                                             \
  std::string_view frontrow::http::embedded::name() {                                                        \
    return {frontrow_##name##_begin,                                                                         \
            static_cast<std::size_t>(frontrow_##name##_end - frontrow_##name##_begin)};                      \
  }

FRONTROW_EMBEDDED(openapi_json)
FRONTROW_EMBEDDED(docs_html)
FRONTROW_EMBEDDED(docs_js)
FRONTROW_EMBEDDED(swagger_ui_css)
FRONTROW_EMBEDDED(swagger_ui_js)
FRONTROW_EMBEDDED(pages)
