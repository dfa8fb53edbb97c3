#include "bench/contest/growth.hpp"

#include <algorithm>
#include <cmath>

namespace frontrow::bench {

const std::vector<growth_cost>& growth_costs() {
  constexpr auto each = growth_cost::of::each, whole = growth_cost::of::all;
  static const std::vector<growth_cost> costs{
      {"growth: shards", "µs serving a charge", each},
      {"growth: shards", "resident MiB", whole},
      {"growth: seats of an option", "µs serving a hold", each},
      {"growth: seats of an option", "µs serving a list", whole},
      {"growth: seats of an option", "KiB an option", whole},
      {"growth: people waiting", "µs serving a join", each},
      {"growth: people waiting", "µs serving a poll", each},
      {"growth: people waiting", "resident MiB", whole},
      {"growth: accounts", "µs serving a charge", each},
      {"growth: accounts", "resident MiB", whole},
      {"growth: journal", "seconds until one of many accounts answers", whole},
      {"growth: journal", "seconds to read half of it as one account", whole},
      {"growth: journal", "seconds to read that account by its snapshot", whole},
  };
  return costs;
}

cost_curve curve_of(const std::vector<growth_step>& steps, const growth_cost& cost) {
  cost_curve made;
  for (const auto& step : steps)
    if (const auto found = step.values.find(cost.figure); found != step.values.end())
      made.emplace_back(step.size, found->second * (cost.what == growth_cost::of::each ? step.size : 1));
  std::sort(made.begin(), made.end());
  return made;
}

double n_log_n(double size) {
  return size * std::log2(std::max(size, 2.0));
}

std::optional<double> growth_power(const cost_curve& curve) {
  if (curve.size() < 3)
    return std::nullopt;
  const auto& [least_size, least_cost] = curve.front();
  const auto rise = [&](const auto& point) {
    return std::max(point.second - least_cost, growth_noise * point.second);
  };
  const auto& last = curve.back();
  const auto& before = curve[curve.size() - 2];
  if (rise(before) <= 0 || rise(last) <= 0)
    return std::nullopt;
  const auto sizes =
      (n_log_n(last.first) - n_log_n(least_size)) / (n_log_n(before.first) - n_log_n(least_size));
  return std::log(rise(last) / rise(before)) / std::log(sizes);
}

} // namespace frontrow::bench
