#include "http/router.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

namespace frontrow::http {

namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);
constexpr std::size_t text_parameter_length_max = 128;
constexpr std::size_t methods = static_cast<std::size_t>(method::other) + 1;

bool is_text_parameter(std::string_view text) {
  if (text.empty() || text.size() > text_parameter_length_max || text == "." || text == "..")
    return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ':' || c == '~' || c == '-';
  });
}

/// 0 when the text is no positive int64 in its one decimal form.
std::int64_t positive_number(std::string_view text) {
  if (text.empty() || text.front() < '1' || text.front() > '9')
    return 0;
  std::int64_t number = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && stop == text.data() + text.size() ? number : 0;
}

/// Takes the segment behind the leading '/' off the path.
std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  auto end = std::min(path.find('/'), path.size());
  auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

} // namespace

struct route_table::node {
  enum class parameter { none, text, number } takes = parameter::none;
  std::vector<std::pair<std::string, std::size_t>> literals;
  std::size_t parameter_child = none;
  std::array<const route*, methods> by_method{};
};

route_table::route_table() {
  nodes_.emplace_back();
}
route_table::~route_table() = default;

std::size_t route_table::child_for(std::size_t parent, std::string_view segment) {
  assert(!segment.empty() && "a pattern has no empty segments");
  if (segment.front() != '{') {
    for (const auto& [text, child] : nodes_[parent].literals)
      if (text == segment)
        return child;
    nodes_[parent].literals.emplace_back(std::string{segment}, nodes_.size());
    nodes_.emplace_back();
    return nodes_.size() - 1;
  }
  auto wanted = segment.ends_with(":id}") ? node::parameter::number : node::parameter::text;
  if (nodes_[parent].parameter_child == none) {
    nodes_[parent].takes = wanted;
    nodes_[parent].parameter_child = nodes_.size();
    nodes_.emplace_back();
  }
  assert(nodes_[parent].takes == wanted && "two patterns disagree on the kind of a parameter");
  return nodes_[parent].parameter_child;
}

const route& route_table::add(method verb, std::string_view pattern, std::string_view name, access who) {
  assert(pattern.starts_with('/') && verb != method::head && verb != method::other);
  for (const auto& earlier : routes_)
    assert(earlier.name != name && "a route's name is unique");
  route added{verb, "", std::string{name}, who, routes_.size(), {}};
  std::size_t at = 0;
  auto rest = pattern == "/" ? std::string_view{} : pattern;
  if (rest.empty())
    added.pattern += '/'; // the root is the tree's own node
  while (!rest.empty()) {
    auto segment = next_segment(rest);
    at = child_for(at, segment);
    added.pattern += '/';
    if (segment.front() != '{') {
      added.pattern += segment;
      continue;
    }
    assert(segment.back() == '}' && segment.size() > 2);
    auto parameter = segment.substr(1, std::min(segment.find(':'), segment.size() - 1) - 1);
    added.parameter_names.emplace_back(parameter);
    added.pattern.append("{").append(parameter).append("}");
  }
  assert(added.parameter_names.size() <= path_parameters::count_max);
  auto& place = nodes_[at].by_method[static_cast<std::size_t>(verb)];
  assert(place == nullptr && "one route for a method and pattern");
  place = &routes_.emplace_back(std::move(added));
  return *place;
}

route_table::outcome route_table::find(method verb, std::string_view path,
                                       path_parameters& parameters) const {
  parameters.count = 0;
  std::size_t at = 0;
  auto rest = path == "/" ? std::string_view{} : path;
  while (!rest.empty()) {
    auto segment = next_segment(rest);
    const auto& here = nodes_[at];
    auto literal = std::find_if(here.literals.begin(), here.literals.end(),
                                [&](const auto& each) { return each.first == segment; });
    if (literal != here.literals.end()) {
      at = literal->second;
      continue;
    }
    auto place = parameters.count;
    if (here.takes == node::parameter::none || place == path_parameters::count_max)
      return {};
    if (here.takes == node::parameter::number) {
      parameters.numbers[place] = positive_number(segment);
      if (parameters.numbers[place] == 0)
        return {};
    } else if (!is_text_parameter(segment)) {
      return {};
    }
    parameters.texts[place] = segment;
    ++parameters.count;
    at = here.parameter_child;
  }
  const auto& routes = nodes_[at].by_method;
  auto known = std::any_of(routes.begin(), routes.end(), [](const route* each) { return each != nullptr; });
  auto wanted = verb == method::head ? method::get : verb;
  return {routes[static_cast<std::size_t>(wanted)], known, at};
}

std::string route_table::allowed(const outcome& missed) const {
  std::string names;
  for (std::size_t verb = 0; verb < methods; ++verb) {
    if (nodes_[missed.node].by_method[verb] == nullptr)
      continue;
    if (!names.empty())
      names += ", ";
    names += name_of(static_cast<method>(verb));
    if (static_cast<method>(verb) == method::get)
      names += ", HEAD";
  }
  return names;
}

} // namespace frontrow::http
