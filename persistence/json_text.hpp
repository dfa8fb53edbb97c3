#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

/// JSON as text (RFC 8259), written and read without a tree in between: events are written at the rate of the
/// journal, and a snapshot of a million people must not exist three times over. No I/O, no exceptions, no
/// state outside the objects.
namespace frontrow::persistence {

template <class Integer>
void append_integer(std::string& out, Integer value) {
  char digits[std::numeric_limits<Integer>::digits10 + 3];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

/// A JSON string with its quotes. `utf8` must be valid UTF-8; it is copied as it is but for what must be
/// escaped.
void append_string(std::string& out, std::string_view utf8);

/// 16 lower-case hexadecimal digits, without quotes.
void append_hex(std::string& out, std::uint64_t value);
/// Two lower-case hexadecimal digits a byte, without quotes.
void append_hex(std::string& out, std::span<const std::uint8_t> bytes);
/// Exactly 16 hexadecimal digits of either case; false otherwise.
bool read_hex(std::string_view digits, std::uint64_t& value);
/// Exactly two hexadecimal digits for each byte; false otherwise.
bool read_hex(std::string_view digits, std::span<std::uint8_t> bytes);

/// Reads JSON text front to back. Every function says whether the text went on as asked; after the first
/// `false` all later ones are `false` too. Any bytes at all may be given: reading never goes past them, never
/// throws (but for memory) and nests at most `depth_max` deep.
class json_reader {
public:
  static constexpr int depth_max = 64; // of what is skipped: no event of ours nests deeper than 4

  explicit json_reader(std::string_view text) : text_(text) {}

  /// An object: `member(name)` is called for each member and must read its value or skip it. `name` is only
  /// valid until the next reading.
  template <class Member>
  bool object(Member&& member) {
    if (!take('{') || !enter())
      return fail();
    if (take('}'))
      return leave();
    do {
      std::string_view name;
      if (!member_name(name) || !take(':') || !member(name) || failed_)
        return fail();
    } while (take(','));
    return take('}') ? leave() : fail();
  }

  /// An array: `element()` is called for each element and must read it or skip it.
  template <class Element>
  bool array(Element&& element) {
    if (!take('[') || !enter())
      return fail();
    if (take(']'))
      return leave();
    do {
      if (!element() || failed_)
        return fail();
    } while (take(','));
    return take(']') ? leave() : fail();
  }

  bool boolean(bool& value);
  /// A whole number in range, without fraction or exponent.
  template <class Integer>
  bool integer(Integer& value) {
    std::string_view digits;
    if (!integer_token(digits))
      return fail();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size() ? true : fail();
  }
  /// A string, its escapes resolved. Refused: invalid UTF-8, lone surrogates.
  bool string(std::string& value);
  /// A string without escapes, as a view of the text. One with escapes is refused.
  bool plain_string(std::string_view& value);
  /// Any value, whatever it is.
  bool skip();
  /// Nothing but white space follows.
  bool at_end();

  /// Where reading stopped, in bytes.
  std::size_t offset() const { return position_; }

private:
  bool fail() {
    failed_ = true;
    return false;
  }
  bool enter() { return ++depth_ <= depth_max; }
  bool leave() {
    --depth_;
    return true;
  }
  void skip_space();
  /// Takes a punctuation mark, white space before it included. False, and nothing taken, if it is not there.
  bool take(char mark);
  bool word(std::string_view expected);
  bool integer_token(std::string_view& digits);
  bool number();
  bool string_token(std::string_view& raw, bool& escaped);
  bool unescape(std::string_view raw, std::string& value);
  bool member_name(std::string_view& name);

  std::string_view text_;
  std::size_t position_ = 0;
  int depth_ = 0;
  bool failed_ = false;
  std::string name_; // of a member whose name has escapes
};

} // namespace frontrow::persistence
