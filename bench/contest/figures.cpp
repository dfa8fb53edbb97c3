#include "bench/contest/figures.hpp"

#include "bench/load/statistics.hpp"

#include <algorithm>

namespace frontrow::bench {

namespace {

standing one_of(const std::vector<const figures*>& rounds) {
  standing made;
  made.system = rounds.front()->system;
  made.scenario = rounds.front()->scenario;
  made.rounds = static_cast<int>(rounds.size());
  std::vector<double> rates, serving, client;
  std::map<std::string, std::vector<double>> percentiles, extras;
  for (const auto* each : rounds) {
    made.by_round.emplace(each->round, *each);
    rates.push_back(each->a_second);
    if (!each->wrong.empty()) {
      if (made.wrong.empty())
        made.wrong = each->wrong;
      continue;
    }
    serving.push_back(each->serving_micros);
    client.push_back(each->client_micros);
    made.max_ms = std::max(made.max_ms, each->max_ms);
    for (const auto& [share, value] : each->percentile_ms)
      percentiles[share].push_back(value);
    for (const auto& [name, value] : each->extra)
      extras[name].push_back(value);
    made.growth = each->growth;
  }
  const auto rate = spread_of(rates);
  made.a_second = rate.median;
  made.a_second_least = rate.least;
  made.a_second_most = rate.most;
  made.serving_micros = median(serving);
  made.client_micros = median(client);
  for (const auto& [share, values] : percentiles)
    made.percentile_ms[share] = median(values);
  for (const auto& [name, values] : extras)
    made.extra[name] = median(values);
  return made;
}

} // namespace

std::string whole_number(std::size_t number) {
  const auto digits = std::to_string(number);
  std::string text;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    if (at > 0 && (digits.size() - at) % 3 == 0)
      text += ',';
    text += digits[at];
  }
  return text;
}

std::vector<standing> standings_of(const std::vector<figures>& all) {
  std::vector<std::vector<const figures*>> groups;
  for (const auto& each : all) {
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return group.front()->system == each.system && group.front()->scenario == each.scenario;
    });
    if (found == groups.end())
      groups.push_back({&each});
    else
      found->push_back(&each);
  }
  std::vector<standing> made;
  for (const auto& group : groups)
    made.push_back(one_of(group));
  return made;
}

} // namespace frontrow::bench
