#pragma once

#include "actors/gateway.hpp"

#include <future>
#include <memory>
#include <vector>

namespace frontrow::http {

/// Asks for each of `from` at once and waits for all answers, each at most for the ask timeout; what did not
/// answer is `unavailable`. `ask(each, then)`. Blocks: for the operators' threads.
template <class Reply, class Range, class Ask>
std::vector<actors::outcome<Reply>> gather(const Range& from, Ask ask) {
  using answer = actors::outcome<Reply>;
  std::vector<std::future<answer>> coming;
  for (const auto& each : from) {
    auto told = std::make_shared<std::promise<answer>>();
    coming.push_back(told->get_future());
    ask(each, [told](answer given) { told->set_value(std::move(given)); });
  }
  std::vector<answer> answers;
  answers.reserve(coming.size());
  for (auto& each : coming)
    answers.push_back(each.get());
  return answers;
}

} // namespace frontrow::http
