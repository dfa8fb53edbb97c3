#include "http/percent.hpp"

namespace frontrow::http {

namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F')
    return digit - 'A' + 10;
  return -1;
}

/// Bytes of the sequence that `first` opens and the least code point it may stand for.
struct sequence {
  std::size_t length;
  char32_t least;
  char32_t bits;
};

std::optional<sequence> sequence_of(unsigned char first) {
  if (first < 0x80)
    return sequence{1, 0, first};
  if ((first & 0xe0) == 0xc0)
    return sequence{2, 0x80, static_cast<char32_t>(first & 0x1f)};
  if ((first & 0xf0) == 0xe0)
    return sequence{3, 0x800, static_cast<char32_t>(first & 0x0f)};
  if ((first & 0xf8) == 0xf0)
    return sequence{4, 0x10000, static_cast<char32_t>(first & 0x07)};
  return std::nullopt;
}

} // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    if (text.size() - at < 3)
      return std::nullopt;
    auto high = hex_value(text[at + 1]);
    auto low = hex_value(text[at + 2]);
    if (high < 0 || low < 0)
      return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return decoded;
}

bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    auto opened = sequence_of(static_cast<unsigned char>(text[at]));
    if (!opened || text.size() - at < opened->length)
      return false;
    auto point = opened->bits;
    for (std::size_t next = 1; next < opened->length; ++next) {
      auto byte = static_cast<unsigned char>(text[at + next]);
      if ((byte & 0xc0) != 0x80)
        return false;
      point = (point << 6) | (byte & 0x3fU);
    }
    if (point < opened->least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
      return false;
    at += opened->length;
  }
  return true;
}

} // namespace frontrow::http
