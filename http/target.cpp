#include "http/target.hpp"

#include "http/percent.hpp"

#include <algorithm>

namespace frontrow::http {

namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool is_visible_ascii(char c) {
  return c > 0x20 && c < 0x7f;
}

bool normalise(std::string_view path, std::string& into) {
  into.clear();
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] != '%') {
      into += path[at];
      continue;
    }
    auto plain = percent_decoded(path.substr(at, 3));
    if (!plain || plain->size() != 1)
      return false;
    if (is_unreserved(plain->front()))
      into += plain->front();
    else
      into += path.substr(at, 3);
    at += 2;
  }
  return true;
}

} // namespace

parsed_target parse_target(std::string_view target, std::string& decoded) {
  using enum parsed_target::outcome;
  parsed_target parts;
  if (target.empty() || !std::all_of(target.begin(), target.end(), is_visible_ascii) ||
      target.find('#') != std::string_view::npos)
    return parts;
  if (target.front() != '/') {
    auto scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos || scheme_end > target.find_first_of("/?")) {
      parts.result = no_path;
      return parts;
    }
    auto scheme = target.substr(0, scheme_end);
    if (scheme != "http" && scheme != "https")
      return parts;
    target.remove_prefix(scheme_end + 3);
    auto path_begin = std::min(target.find_first_of("/?"), target.size());
    if (path_begin == 0)
      return parts; // no host
    target.remove_prefix(path_begin);
  }
  auto question = std::min(target.find('?'), target.size());
  parts.path = target.substr(0, question);
  parts.query = target.substr(std::min(question + 1, target.size()));
  if (parts.path.empty())
    parts.path = "/";
  if (parts.path.find('%') != std::string_view::npos) {
    if (!normalise(parts.path, decoded))
      return parts;
    parts.path = decoded;
  }
  parts.result = good;
  return parts;
}

} // namespace frontrow::http
