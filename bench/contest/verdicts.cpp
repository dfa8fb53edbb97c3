#include "bench/contest/verdicts.hpp"

#include "bench/load/statistics.hpp"

#include <algorithm>
#include <string_view>

namespace frontrow::bench {

namespace {

using figure = std::optional<double>;

class reader {
public:
  explicit reader(const std::vector<standing>& all) : all_(all) {}

  const standing* of(std::string_view system, std::string_view scenario) const {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& each) {
      return each.system == system && each.scenario == scenario;
    });
    return found == all_.end() ? nullptr : &*found;
  }
  /// The fastest of those whose names begin so.
  const standing* best(std::string_view beginning, std::string_view scenario) const {
    const standing* found = nullptr;
    for (const auto& each : all_)
      if (each.system.starts_with(beginning) && each.scenario == scenario &&
          (found == nullptr || each.a_second > found->a_second))
        found = &each;
    return found;
  }
  /// The scenario of so many connections, whichever number it had.
  const standing* widest_poll() const {
    const standing* found = nullptr;
    for (const auto& each : all_)
      if (each.system == "frontrow" && each.scenario.starts_with("poll ") &&
          each.scenario != "poll 1,000 connections")
        found = &each;
    return found;
  }

private:
  const std::vector<standing>& all_;
};

figure rate(const standing* one) {
  return one == nullptr ? figure{} : one->a_second;
}
figure cost(const standing* one) {
  return one == nullptr || one->serving_micros <= 0 ? figure{} : one->serving_micros;
}
figure p99(const standing* one) {
  return one == nullptr || one->a_second <= 0 ? figure{} : one->percentile("99");
}
figure extra(const standing* one, const std::string& name) {
  if (one == nullptr || one->a_second <= 0 || !one->extra.contains(name))
    return std::nullopt;
  return one->extra.at(name);
}
/// Of a crowd large enough: what the first thousands of connections and requests leave is not theirs.
figure bytes_each_of_a_million(const standing* crowd) {
  const bool large = crowd != nullptr && !crowd->growth.empty() && crowd->growth.back().size >= 1e6;
  return large ? extra(crowd, "bytes each at rest") : std::nullopt;
}
figure ratio(figure one, figure other) {
  return one && other && *other > 0 ? figure{*one / *other} : std::nullopt;
}
figure rate_of(const figures& run) {
  return run.a_second;
}
figure cost_of(const figures& run) {
  return run.wrong.empty() && run.serving_micros > 0 ? figure{run.serving_micros} : figure{};
}
figure p99_of(const figures& run) {
  const auto found = run.percentile_ms.find("99");
  return run.wrong.empty() && found != run.percentile_ms.end() ? figure{found->second} : figure{};
}
/// For two that take turns in every round.
figure by_rounds(figure (*of)(const figures&), const standing* ours, const standing* theirs) {
  if (ours == nullptr || theirs == nullptr || theirs->a_second <= 0)
    return std::nullopt;
  if (ours->a_second <= 0) // wrong in most rounds: the others do not make up for it
    return of(figures{});
  std::vector<double> ratios;
  for (const auto& [round, run] : ours->by_round)
    if (const auto other = theirs->by_round.find(round); other != theirs->by_round.end())
      if (const auto got = ratio(of(run), of(other->second)))
        ratios.push_back(*got);
  return ratios.empty() ? figure{} : median(ratios);
}
figure sum(figure one, figure other) {
  return one && other ? figure{*one + *other} : std::nullopt;
}

/// "The same at 10,000 within 20 %": of what is wanted of others at 1,000 connections, and of our own rate
/// there.
constexpr double kept_over_many = 0.8;

} // namespace

std::vector<verdict> verdicts_of(const std::vector<standing>& all) {
  using enum verdict::limit;
  const reader in{all};
  const std::string spread = "hold-spread 10,000 seats", paced = "hold-spread at 1,000/s",
                    small_storm = "join 64 connections", storm = "join 1,000 connections",
                    poll = "poll 1,000 connections";
  const auto ours = [&](std::string_view scenario) { return in.of("frontrow", scenario); };
  const auto bare = [&](std::string_view scenario) { return in.of("node/conditional", scenario); };
  const auto checked = [&](std::string_view scenario) { return in.best("node+checks/", scenario); };
  const auto* nginx = in.of("nginx", poll);
  const auto* many = in.widest_poll();
  const auto over_many = [&](std::string_view system) {
    return many == nullptr ? nullptr : in.of(system, many->scenario);
  };
  const auto* row = in.best("pgbench/journal-row", "a journal's row");
  std::vector<verdict> made{
      {"hold-spread", "rate to Node's bare conditional update", at_least, 2,
       by_rounds(rate_of, ours(spread), bare(spread))},
      {"hold-spread", "rate to the best Node with the same checks", at_least, 4,
       by_rounds(rate_of, ours(spread), checked(spread))},
      {"hold-spread", "p99 to theirs, 64 connections", at_most, 1.0 / 3,
       by_rounds(p99_of, ours(spread), checked(spread))},
      {"hold-spread", "p99 to theirs, all asked 1,000 a second", at_most, 1.0 / 3,
       by_rounds(p99_of, ours(paced), checked(paced))},
      {"hold-hot", "rate to the best Node with the same checks", at_least, 2,
       by_rounds(rate_of, ours("hold-hot"), checked("hold-hot"))},
      {"hold-hot", "p99 of a refusal, ms", at_most, 20, extra(ours("hold-hot"), "refusal p99 ms")},
      {"charge-hot", "rate to Node's", at_least, 8,
       by_rounds(rate_of, ours("charge-hot"), bare("charge-hot"))},
      {"charge-hot", "rate to the best pgbench", at_least, 5,
       by_rounds(rate_of, ours("charge-hot"), in.best("pgbench/charge", "charge-hot"))},
      {"join", "rate to Redis behind Node, bare, synced each second; 64 connections", at_least, 1.5,
       by_rounds(rate_of, ours(small_storm), bare(small_storm))},
      {"join", "the same, 1,000 connections", at_least, 1.5, by_rounds(rate_of, ours(storm), bare(storm))},
      {"join", "rate to Redis behind Node, same checks, always synced; 64 connections", at_least, 4,
       by_rounds(rate_of, ours(small_storm), checked(small_storm))},
      {"join", "the same, 1,000 connections", at_least, 4, by_rounds(rate_of, ours(storm), checked(storm))},
      {"poll", "rate to nginx's constant, 1,000 connections", at_least, 0.6,
       by_rounds(rate_of, ours(poll), nginx)},
      {"poll", "rate to Redis behind Node, bare", at_least, 2, by_rounds(rate_of, ours(poll), bare(poll))},
      {"poll", "rate to nginx's constant, many connections", at_least, kept_over_many * 0.6,
       by_rounds(rate_of, many, over_many("nginx"))},
      {"poll", "rate to Redis behind Node, bare, many connections", at_least, kept_over_many * 2,
       by_rounds(rate_of, many, over_many("node/conditional"))},
      {"poll", "rate at many connections to that at 1,000", at_least, kept_over_many,
       by_rounds(rate_of, many, ours(poll))},
      {"purchase", "rate to the best Node with the same checks", at_least, 4,
       by_rounds(rate_of, ours("purchase"), checked("purchase"))},
      {"purchase", "a second", at_least, 3'000, rate(ours("purchase"))},
      {"purchase", "p99 at 1,500 a second, ms", at_most, 50, p99(ours("purchase at 1,500/s"))},
      {"on-sale", "seconds until sold out", at_most, 60, extra(ours("on-sale"), "seconds until sold out")},
      {"on-sale", "most resident memory, MiB", at_most, 1'024, extra(ours("on-sale"), "resident MiB")},
      {"processor time", "a durable hold to nginx's constant and a journal row", at_most, 3,
       ratio(cost(ours(spread)), sum(cost(nginx), cost(row)))},
      {"processor time", "a poll to nginx's constant", at_most, 1.5, by_rounds(cost_of, ours(poll), nginx)},
      {"1,000,000 waiting", "bytes each beyond the process's own", at_most, 200,
       bytes_each_of_a_million(ours("growth: people waiting"))},
  };
  for (const auto& each : growth_costs()) {
    const auto* series = ours(each.scenario);
    made.push_back({each.scenario, each.figure + ": power of n log n", at_most, growth_power_max,
                    series == nullptr || series->a_second <= 0
                        ? figure{}
                        : growth_power(curve_of(series->growth, each))});
  }
  return made;
}

} // namespace frontrow::bench
