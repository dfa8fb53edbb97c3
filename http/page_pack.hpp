#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace frontrow::http {

/// The pages as web/make/pages.mjs packs them into one file, which the build embeds:
///
///   pack   = "frontrow pages 1\n" *line "\n" bytes
///   line   = face " " path " " type " " coding " " offset " " length "\n"
///   face   = "shop" / "console"             type   = media type, with "|" for blanks
///   coding = "identity" / "gzip" / "br"     offset = counted from the first of the bytes
class page_pack {
public:
  struct file {
    std::string type;
    std::string etag; ///< strong, with its quotes, of the content without its coding
    std::shared_ptr<const std::string> identity;
    std::shared_ptr<const std::string> gzip;   ///< may be null
    std::shared_ptr<const std::string> brotli; ///< may be null
  };
  /// Path -> file.
  using files = std::map<std::string, file, std::less<>>;

  /// Nothing in it when the pages could not be built. Aborts on a pack that is not as above: it is ours.
  static page_pack parse(std::string_view text);
  /// The embedded one.
  static page_pack embedded();

  const files& of(std::string_view face) const;

private:
  std::map<std::string, files, std::less<>> faces_;
};

/// Of what the client takes (RFC 9110, 12.5.3), the smallest: "br", "gzip" or "" for neither. A coding that is
/// named with q=0 is not taken; `*` is not looked at.
std::string_view coding_for(const page_pack::file& file, std::string_view accept_encoding);

} // namespace frontrow::http
