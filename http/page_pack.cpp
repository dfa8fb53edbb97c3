#include "http/page_pack.hpp"

#include "http/embedded.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <openssl/sha.h>

namespace frontrow::http {

namespace {

constexpr std::string_view first_line = "frontrow pages 1\n";
constexpr std::size_t words_in_line = 6;
constexpr std::size_t digest_digits = 16;

std::string_view take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  assert(at != std::string_view::npos && "a pack is whole");
  const auto taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

std::size_t number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  assert(error == std::errc{} && stop == text.data() + text.size() && "a pack's numbers are numbers");
  return number;
}

std::string etag_of(std::string_view content) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
  static constexpr char digits[] = "0123456789abcdef";
  std::string etag = "\"";
  for (std::size_t at = 0; at < digest_digits; ++at) {
    etag += digits[digest[at] >> 4];
    etag += digits[digest[at] & 15];
  }
  return etag + "\"";
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  return from == std::string_view::npos ? std::string_view{}
                                        : text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool is_taken(std::string_view accepted, std::string_view coding) {
  while (!accepted.empty()) {
    const auto comma = std::min(accepted.find(','), accepted.size());
    const auto item = accepted.substr(0, comma);
    accepted.remove_prefix(std::min(comma + 1, accepted.size()));
    const auto semicolon = std::min(item.find(';'), item.size());
    if (trimmed(item.substr(0, semicolon)) != coding)
      continue;
    const auto weight = trimmed(item.substr(std::min(semicolon + 1, item.size())));
    return !weight.starts_with("q=0") || weight.find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

} // namespace

page_pack page_pack::parse(std::string_view text) {
  page_pack pack;
  if (text.empty())
    return pack;
  assert(text.starts_with(first_line) && "a pack begins with its format");
  text.remove_prefix(first_line.size());
  const auto end = text.starts_with('\n') ? 0 : text.find("\n\n") + 1;
  const auto bytes = text.substr(end + 1);
  while (!text.starts_with('\n')) {
    auto line = take_until(text, '\n');
    std::array<std::string_view, words_in_line> words;
    for (std::size_t at = 0; at + 1 < words_in_line; ++at)
      words[at] = take_until(line, ' ');
    words.back() = line;
    auto& file = pack.faces_[std::string{words[0]}][std::string{words[1]}];
    file.type = words[2];
    std::replace(file.type.begin(), file.type.end(), '|', ' ');
    const auto from = number_of(words[4]);
    const auto length = number_of(words[5]);
    assert(from + length <= bytes.size() && "a pack is whole");
    auto content = std::make_shared<const std::string>(bytes.substr(from, length));
    if (words[3] == "identity")
      file.etag = etag_of(*content);
    (words[3] == "br" ? file.brotli : words[3] == "gzip" ? file.gzip : file.identity) = std::move(content);
  }
  return pack;
}

page_pack page_pack::embedded() {
  return parse(embedded::pages());
}

const page_pack::files& page_pack::of(std::string_view face) const {
  static const files none;
  const auto found = faces_.find(face);
  return found == faces_.end() ? none : found->second;
}

std::string_view coding_for(const page_pack::file& file, std::string_view accept_encoding) {
  if (file.brotli && is_taken(accept_encoding, "br"))
    return "br";
  if (file.gzip && is_taken(accept_encoding, "gzip"))
    return "gzip";
  return {};
}

} // namespace frontrow::http
