#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace frontrow::test {

/// The text of tests/persistence/golden/<name>.json without the line's end; nothing if there is no such file.
inline std::optional<std::string> golden(const std::string& name) {
  std::ifstream file(std::string(FRONTROW_GOLDEN_FOLDER) + "/" + name + ".json", std::ios::binary);
  if (!file)
    return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

} // namespace frontrow::test
