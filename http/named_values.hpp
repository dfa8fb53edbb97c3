#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace frontrow::http {

/// The names that a field or a query parameter may hold, and what each stands for.
template <class T>
using named_values = std::vector<std::pair<std::string_view, T>>;

/// "KEEP, RELEASE", for the message that refuses another.
template <class T>
std::string names_in(const named_values<T>& table) {
  std::string names;
  for (const auto& entry : table) {
    if (!names.empty())
      names += ", ";
    names += entry.first;
  }
  return names;
}

} // namespace frontrow::http
