#include "http/response.hpp"

namespace frontrow::http {

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  auto rest = if_none_match;
  while (!rest.empty()) {
    auto from = rest.find_first_not_of(" \t,");
    if (from == std::string_view::npos)
      return false;
    rest.remove_prefix(from);
    if (rest.front() == '*')
      return true;
    if (rest.starts_with("W/"))
      rest.remove_prefix(2);
    if (rest.empty() || rest.front() != '"')
      return false;
    auto end = rest.find('"', 1);
    if (end == std::string_view::npos)
      return false;
    if (rest.substr(0, end + 1) == etag)
      return true;
    rest.remove_prefix(end + 1);
  }
  return false;
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
  case 101:
    return "Switching Protocols";
  case 200:
    return "OK";
  case 201:
    return "Created";
  case 202:
    return "Accepted";
  case 204:
    return "No Content";
  case 304:
    return "Not Modified";
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 402:
    return "Payment Required";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 409:
    return "Conflict";
  case 410:
    return "Gone";
  case 413:
    return "Content Too Large";
  case 415:
    return "Unsupported Media Type";
  case 422:
    return "Unprocessable Content";
  case 429:
    return "Too Many Requests";
  case 431:
    return "Request Header Fields Too Large";
  case 500:
    return "Internal Server Error";
  case 503:
    return "Service Unavailable";
  default:
    return "Unknown";
  }
}

} // namespace frontrow::http
