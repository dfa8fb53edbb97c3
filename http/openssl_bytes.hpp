#pragma once

#include <string_view>

namespace frontrow::http {

/// Text as OpenSSL takes it, and libjwt.
inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace frontrow::http
