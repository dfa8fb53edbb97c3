#include "bench/load/answer_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace frontrow::bench {

namespace {

constexpr std::string_view version = "HTTP/1.1 ";
constexpr std::size_t status_length = 12; // "HTTP/1.1 200"

bool same_name(std::string_view one, std::string_view lower_case) {
  return one.size() == lower_case.size() &&
         std::equal(one.begin(), one.end(), lower_case.begin(), [](char given, char wanted) {
           return std::tolower(static_cast<unsigned char>(given)) == wanted;
         });
}

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && stop == text.data() + text.size();
}

} // namespace

answer_reader::state answer_reader::read(std::string_view bytes) {
  const auto head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos)
    return state::incomplete;
  result_ = {};
  if (head < status_length || !bytes.starts_with(version) ||
      !parse(bytes.substr(version.size(), 3), result_.status))
    return state::broken;
  const bool has_no_body = result_.status == 204 || result_.status == 304;
  std::optional<std::size_t> length;
  for (auto at = bytes.find("\r\n") + 2; at < head + 2;) {
    const auto end = bytes.find("\r\n", at);
    const auto line = bytes.substr(at, end - at);
    at = end + 2;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
      return state::broken;
    auto value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    const auto name = line.substr(0, colon);
    if (same_name(name, "content-length")) {
      std::size_t given = 0;
      if (!parse(value, given))
        return state::broken;
      length = given;
    } else if (same_name(name, "etag")) {
      result_.etag = value;
    }
  }
  if (!has_no_body && !length)
    return state::broken;
  size_ = head + 4 + (has_no_body ? 0 : *length);
  if (bytes.size() < size_)
    return state::incomplete;
  result_.body = bytes.substr(head + 4, size_ - head - 4);
  return state::complete;
}

std::optional<std::string_view> field(std::string_view body, std::string_view name) {
  for (auto at = body.find(name); at != std::string_view::npos; at = body.find(name, at + 1)) {
    const auto end = at + name.size();
    if (at == 0 || body[at - 1] != '"' || body.substr(end, 2) != "\":")
      continue;
    auto value = body.substr(end + 2);
    if (value.starts_with('"')) {
      value.remove_prefix(1);
      return value.substr(0, value.find('"'));
    }
    return value.substr(0, value.find_first_of(",}]"));
  }
  return std::nullopt;
}

long long number_field(std::string_view body, std::string_view name) {
  long long number = -1;
  const auto text = field(body, name);
  return text && parse(*text, number) ? number : -1;
}

} // namespace frontrow::bench
