#include "bench/contest/contender.hpp"

#include <cctype>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace frontrow::bench {

std::vector<std::vector<std::string>> rows_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto& row = rows.emplace_back();
    std::istringstream columns(line);
    for (std::string column; std::getline(columns, column, '|');)
      row.push_back(column);
  }
  return rows;
}

std::string base32_of(std::int64_t number) {
  constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string text;
  for (auto rest = static_cast<std::uint64_t>(number); rest != 0; rest >>= 5)
    text.insert(text.begin(), digits[rest & 31]);
  return text;
}

std::vector<int> numbers_of(const std::string& text) {
  std::vector<int> numbers;
  for (const char* at = text.c_str(); *at != '\0';) {
    if (std::isdigit(static_cast<unsigned char>(*at)) == 0) {
      ++at;
      continue;
    }
    char* end = nullptr;
    numbers.push_back(static_cast<int>(std::strtol(at, &end, 10)));
    at = end;
  }
  return numbers;
}

} // namespace frontrow::bench
