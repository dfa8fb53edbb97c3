#pragma once

#include <string>
#include <string_view>

namespace frontrow::http {

/// A request target (RFC 9112, 3.2), taken apart.
struct parsed_target {
  enum class outcome {
    good,
    no_path,   ///< `*` or `host:port`: well-formed, but nothing of ours has such a name
    malformed, ///< control or non-ASCII characters, a broken percent escape, a fragment
  } result = outcome::malformed;
  std::string_view path;  ///< begins with '/'; into the target, or into `decoded` if that was needed
  std::string_view query; ///< without the '?'
};

/// Takes origin-form (`/a?b`) and absolute-form (`http://host/a?b`). Escapes of unreserved characters in the
/// path are undone (RFC 3986, 6.2.2.2: `%61` is `a`), all others stay as they are and so match no route; `.`
/// and `..` are not resolved and match none either. `decoded` is used only when there is an escape.
parsed_target parse_target(std::string_view target, std::string& decoded);

} // namespace frontrow::http
