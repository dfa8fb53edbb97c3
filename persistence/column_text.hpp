#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Columns of small numbers as base64 text (RFC 4648, with padding) inside a JSON string. Bytes go through
/// one at a time, so that a column of a million entries is never there twice. Numbers are varints: seven bits
/// a byte, lowest first, the top bit set on all but the last; signed ones zigzag (0, -1, 1, -2 … as 0, 1, 2,
/// 3 …).
namespace frontrow::persistence {

class column_writer {
public:
  explicit column_writer(std::string& out) : out_(&out) {}

  void byte(std::uint8_t value) {
    group_ = group_ << 8 | value;
    if (++held_ == 3)
      write_group();
  }
  void bytes(std::span<const std::uint8_t> values) {
    for (const auto value : values)
      byte(value);
  }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void signed_number(std::int64_t value) {
    number(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }
  /// Writes what is held back and the padding. Nothing may follow.
  void finish();

private:
  void write_group();

  std::string* out_;
  std::uint32_t group_ = 0;
  int held_ = 0;
};

/// Reads a column. Any text may be given; once a read is false, all later ones are.
class column_reader {
public:
  explicit column_reader(std::string_view text) : text_(text) {}

  bool byte(std::uint8_t& value) {
    if (next_ == held_ && !read_group())
      return false;
    value = group_[next_++];
    return true;
  }
  bool bytes(std::span<std::uint8_t> values) {
    for (auto& value : values)
      if (!byte(value))
        return false;
    return true;
  }
  bool number(std::uint64_t& value);
  bool signed_number(std::int64_t& value);
  /// Nothing is left.
  bool at_end() { return !failed_ && next_ == held_ && position_ == text_.size(); }

  /// How long the text of that many bytes is.
  static std::size_t text_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

private:
  bool read_group();

  std::string_view text_;
  std::size_t position_ = 0;
  std::array<std::uint8_t, 3> group_{};
  std::size_t next_ = 0;
  std::size_t held_ = 0;
  bool failed_ = false;
};

} // namespace frontrow::persistence
