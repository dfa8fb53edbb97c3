#pragma once

#include <cstdint>
#include <string_view>

namespace frontrow::http {

/// The request methods that a route can have. `head` never stands in a route: a GET route answers it.
/// Whatever else a client sends is `other` and matches no route.
enum class method : std::uint8_t { get, head, post, put, patch, remove, options, other };

/// As it stands on the request line; "OTHER" for `other`.
constexpr std::string_view name_of(method verb) {
  switch (verb) {
  case method::get:
    return "GET";
  case method::head:
    return "HEAD";
  case method::post:
    return "POST";
  case method::put:
    return "PUT";
  case method::patch:
    return "PATCH";
  case method::remove:
    return "DELETE";
  case method::options:
    return "OPTIONS";
  case method::other:
    return "OTHER";
  }
  return "OTHER";
}

/// Case matters (RFC 9110, 9.1): "get" is `other`.
constexpr method method_of(std::string_view name) {
  for (auto verb :
       {method::get, method::post, method::head, method::patch, method::remove, method::put, method::options})
    if (name_of(verb) == name)
      return verb;
  return method::other;
}

} // namespace frontrow::http
