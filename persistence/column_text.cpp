#include "persistence/column_text.hpp"

namespace frontrow::persistence {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> digit_values = [] {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values)
    value = no_digit;
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}();

} // namespace

void column_writer::write_group() {
  const std::array<char, 4> digits{alphabet[group_ >> 18 & 63], alphabet[group_ >> 12 & 63],
                                   alphabet[group_ >> 6 & 63], alphabet[group_ & 63]};
  out_->append(digits.data(), digits.size());
  group_ = 0;
  held_ = 0;
}

void column_writer::finish() {
  if (held_ == 0)
    return;
  const int missing = 3 - held_;
  group_ <<= 8 * missing;
  write_group();
  for (int i = 0; i < missing; ++i)
    (*out_)[out_->size() - 1 - static_cast<std::size_t>(i)] = '=';
}

bool column_reader::read_group() {
  if (failed_ || text_.size() - position_ < 4) {
    failed_ = true;
    return false;
  }
  const auto four = text_.substr(position_, 4);
  const bool last = position_ + 4 == text_.size();
  const std::size_t padding = four[3] != '=' ? 0 : four[2] != '=' ? 1 : 2;
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto digit = i < 4 - padding ? digit_values[static_cast<unsigned char>(four[i])] : std::uint8_t{0};
    if (digit == no_digit || (padding > 0 && !last)) {
      failed_ = true;
      return false;
    }
    group = group << 6 | digit;
  }
  group_ = {static_cast<std::uint8_t>(group >> 16), static_cast<std::uint8_t>(group >> 8),
            static_cast<std::uint8_t>(group)};
  position_ += 4;
  next_ = 0;
  held_ = 3 - padding;
  return true;
}

bool column_reader::number(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    std::uint8_t part = 0;
    if (!byte(part) || (shift == 63 && part > 1)) {
      failed_ = true;
      return false;
    }
    value |= static_cast<std::uint64_t>(part & 0x7F) << shift;
    if (part < 0x80)
      return true;
  }
  failed_ = true;
  return false;
}

bool column_reader::signed_number(std::int64_t& value) {
  std::uint64_t zigzag = 0;
  if (!number(zigzag))
    return false;
  value = static_cast<std::int64_t>(zigzag >> 1 ^ (~(zigzag & 1) + 1));
  return true;
}

} // namespace frontrow::persistence
