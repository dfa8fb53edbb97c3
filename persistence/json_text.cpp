#include "persistence/json_text.hpp"

#include <algorithm>
#include <array>

namespace frontrow::persistence {

namespace {

constexpr char hex_digits[] = "0123456789abcdef";

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F')
    return digit - 'A' + 10;
  return -1;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Length of the UTF-8 sequence at the front of `text` (Unicode 15, table 3-7), 0 if there is no valid one.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80)
    return 1;
  if (lead >= 0xC2 && lead <= 0xDF)
    return within(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

void append_utf8(std::string& out, unsigned code_point) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | (code_point >> 6));
    out += tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0 | (code_point >> 12));
    out += tail(6);
    out += tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code_point >> 18));
    out += tail(12);
    out += tail(6);
    out += tail(0);
  }
}

/// The four hexadecimal digits of a \u escape at `raw[at]`; false if they are not there.
bool code_unit(std::string_view raw, std::size_t at, unsigned& unit) {
  if (raw.size() < at + 4)
    return false;
  unit = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int value = hex_value(raw[i]);
    if (value < 0)
      return false;
    unit = unit * 16 + static_cast<unsigned>(value);
  }
  return true;
}

} // namespace

void append_string(std::string& out, std::string_view utf8) {
  const auto needs_escape = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  out += '"';
  for (auto from = utf8.begin(); from != utf8.end();) {
    const auto special = std::find_if(from, utf8.end(), needs_escape);
    out.append(from, special);
    if (special == utf8.end())
      break;
    if (const auto byte = static_cast<unsigned char>(*special); byte < 0x20)
      out.append("\\u00").append({hex_digits[byte >> 4], hex_digits[byte & 15]});
    else
      out.append({'\\', *special});
    from = special + 1;
  }
  out += '"';
}

void append_hex(std::string& out, std::uint64_t value) {
  char digits[16];
  for (int i = 15; i >= 0; --i) {
    digits[i] = hex_digits[value & 15];
    value >>= 4;
  }
  out.append(digits, sizeof digits);
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
  auto at = out.size();
  out.resize(at + 2 * bytes.size());
  for (const auto byte : bytes) {
    out[at++] = hex_digits[byte >> 4];
    out[at++] = hex_digits[byte & 15];
  }
}

bool read_hex(std::string_view digits, std::uint64_t& value) {
  if (digits.size() != 16)
    return false;
  value = 0;
  for (const char digit : digits) {
    const int part = hex_value(digit);
    if (part < 0)
      return false;
    value = value << 4 | static_cast<std::uint64_t>(part);
  }
  return true;
}

bool read_hex(std::string_view digits, std::span<std::uint8_t> bytes) {
  if (digits.size() != bytes.size() * 2)
    return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_value(digits[2 * i]);
    const int low = hex_value(digits[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

void json_reader::skip_space() {
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
      return;
    ++position_;
  }
}

bool json_reader::take(char mark) {
  if (failed_)
    return false;
  skip_space();
  if (position_ >= text_.size() || text_[position_] != mark)
    return false;
  ++position_;
  return true;
}

bool json_reader::word(std::string_view expected) {
  if (text_.substr(position_, expected.size()) != expected)
    return false;
  position_ += expected.size();
  return true;
}

bool json_reader::boolean(bool& value) {
  skip_space();
  if (failed_)
    return false;
  if (word("true")) {
    value = true;
    return true;
  }
  value = false;
  return word("false") ? true : fail();
}

bool json_reader::integer_token(std::string_view& digits) {
  if (failed_)
    return false;
  skip_space();
  const auto begin = position_;
  if (!number())
    return false;
  digits = text_.substr(begin, position_ - begin);
  return digits.find_first_of(".eE") == std::string_view::npos;
}

bool json_reader::number() {
  const auto digits = [this] {
    const auto begin = position_;
    while (position_ < text_.size() && is_digit(text_[position_]))
      ++position_;
    return position_ > begin;
  };
  const auto at = [this](char c) { return position_ < text_.size() && text_[position_] == c; };
  if (at('-'))
    ++position_;
  if (at('0'))
    ++position_;
  else if (!digits())
    return fail();
  if (at('.')) {
    ++position_;
    if (!digits())
      return fail();
  }
  if (at('e') || at('E')) {
    ++position_;
    if (at('+') || at('-'))
      ++position_;
    if (!digits())
      return fail();
  }
  return true;
}

bool json_reader::string_token(std::string_view& raw, bool& escaped) {
  escaped = false;
  if (!take('"'))
    return fail();
  const auto begin = position_;
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (c == '"') {
      raw = text_.substr(begin, position_ - begin);
      ++position_;
      return true;
    }
    if (c == '\\') {
      escaped = true;
      position_ += 2; // what is escaped is looked at when it is resolved
    } else if (static_cast<unsigned char>(c) < 0x20) {
      return fail();
    } else if (const auto length = utf8_length(text_.substr(position_)); length > 0) {
      position_ += length;
    } else {
      return fail();
    }
  }
  position_ = text_.size();
  return fail();
}

bool json_reader::unescape(std::string_view raw, std::string& value) {
  value.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      value += raw[i];
      continue;
    }
    ++i; // never past the end: string_token skipped a whole pair
    constexpr std::string_view marks = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    if (const auto mark = marks.find(raw[i]); mark != std::string_view::npos) {
      value += meant[mark];
      continue;
    }
    unsigned unit = 0;
    if (raw[i] != 'u' || !code_unit(raw, i + 1, unit))
      return fail();
    i += 4;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      unsigned low = 0;
      if (raw.substr(i + 1, 2) != "\\u" || !code_unit(raw, i + 3, low) || low < 0xDC00 || low > 0xDFFF)
        return fail();
      i += 6;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
      return fail();
    }
    append_utf8(value, unit);
  }
  return true;
}

bool json_reader::string(std::string& value) {
  std::string_view raw;
  bool escaped = false;
  if (!string_token(raw, escaped))
    return false;
  if (escaped)
    return unescape(raw, value);
  value.assign(raw);
  return true;
}

bool json_reader::plain_string(std::string_view& value) {
  bool escaped = false;
  if (!string_token(value, escaped))
    return false;
  return escaped ? fail() : true;
}

bool json_reader::member_name(std::string_view& name) {
  bool escaped = false;
  if (!string_token(name, escaped))
    return false;
  if (!escaped)
    return true;
  if (!unescape(name, name_))
    return false;
  name = name_;
  return true;
}

bool json_reader::skip() {
  if (failed_)
    return false;
  skip_space();
  if (position_ >= text_.size())
    return fail();
  switch (text_[position_]) {
  case '{':
    return object([this](std::string_view) { return skip(); });
  case '[':
    return array([this] { return skip(); });
  case '"': {
    std::string ignored;
    return string(ignored);
  }
  case 't':
    return word("true") ? true : fail();
  case 'f':
    return word("false") ? true : fail();
  case 'n':
    return word("null") ? true : fail();
  default:
    return number();
  }
}

bool json_reader::at_end() {
  if (failed_)
    return false;
  skip_space();
  return position_ == text_.size() ? true : fail();
}

} // namespace frontrow::persistence
