/// Two systems by turns of a third of a second, both there all the time: their ratio holds on a machine whose
/// speed swings from second to second, where a system's own figure means little. Both are started anew
/// several times: what memory a process has got by chance stays with it for life, and is worth several per
/// cent. To tell whether a change helps, compare the program before it with the one after it.

#include "bench/contest/scenarios.hpp"
#include "bench/process_figures.hpp"
#include "tests/system/postgres_server.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace frontrow::bench;

/// Of each system, before anything counts: just-in-time compilers, caches, pools.
constexpr int warming_turns = 3;

extent extent_of_turn(std::chrono::milliseconds measured) {
  extent made;
  made.warm_up = std::chrono::milliseconds{100};
  made.measured = measured;
  made.waiting = 40'000; // they are asked once before the first turn
  return made;
}

struct scenario {
  const char* name;
  figures (*in_a_stay)(stay&, std::size_t);
  std::size_t connections;
};
// As many connections as the scenario has.
figures run_charge(stay& at, std::size_t) { return run_charge_hot(at); }
figures run_holds(stay& at, std::size_t) { return run_hold_spread(at, 10'000); }
figures run_purchases(stay& at, std::size_t) { return run_purchase(at); }
figures run_purchases_at_1500(stay& at, std::size_t) { return run_purchase(at, 1'500); }
constexpr scenario scenarios[] = {{"join-64", run_join, 64},
                                  {"join-1000", run_join, 1'000},
                                  {"poll-1000", run_poll, 1'000},
                                  {"poll-10000", run_poll, 10'000},
                                  {"charge-hot", run_charge, 64},
                                  {"hold-spread", run_holds, 64},
                                  {"purchase", run_purchases, 256},
                                  {"purchase-1500", run_purchases_at_1500, 256}};

/// One of the two.
class side {
public:
  side(std::string name, const extent& turn) : name_(std::move(name)), turn_(turn) {
    if (name_ == "nginx" || name_ == "committed")
      return;
    if (name_ == "node" || name_ == "node-checked") {
      system_ = name_ == "node" ? start_node_service({"conditional", checks::none, "everysec"})
                                : start_node_service({"conditional", checks::same, "always"});
    } else {
      if (!std::filesystem::exists(name_))
        throw std::invalid_argument{name_ + " is no system, and no program either"};
      ::setenv("FRONTROW_PROGRAM", name_.c_str(), 1); // which the deployment starts
      system_ = start_frontrow();
    }
    stay_.emplace(stay{*system_, turn_});
  }

  figures run(const scenario& what) {
    auto made = stay_              ? what.in_a_stay(*stay_, what.connections)
                : name_ == "nginx" ? run_nginx(turn_, what.connections)
                                   : run_committed_constant(turn_, what.connections);
    if (!made.wrong.empty())
      throw std::runtime_error{name_ + ", " + what.name + ": " + made.wrong};
    return made;
  }

private:
  std::string name_;
  const extent& turn_;
  std::unique_ptr<contender> system_;
  std::optional<stay> stay_;
};

/// Of ratios: their geometric mean, and its standard error in parts of it.
struct mean_ratio {
  double mean, error;
};
mean_ratio mean_of(const std::vector<double>& ratios) {
  const auto count = static_cast<double>(ratios.size());
  double sum = 0, squares = 0;
  for (const auto each : ratios)
    sum += std::log(each);
  for (const auto each : ratios)
    squares += std::pow(std::log(each) - sum / count, 2);
  return {std::exp(sum / count), std::sqrt(squares / std::max(1.0, count - 1) / count)};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// What two systems did in one scenario, in all their lives so far.
struct comparison {
  explicit comparison(const scenario& of) : what(of) {}

  scenario what;
  std::vector<double> rate[2], serving[2];
  std::vector<double> rates, servings; ///< of each life: the mean ratio of the other to the one

  void go_on(side& one, side& other, int life, int turns) {
    std::vector<double> life_rates, life_servings;
    for (int turn = -warming_turns; turn < turns; ++turn) {
      check_interrupted();
      figures made[2];
      const auto first = static_cast<std::size_t>((life + turn) & 1); // who comes late shall not always do so
      for (const auto which : {first, 1 - first})
        made[which] = (which == 0 ? one : other).run(what);
      if (turn < 0)
        continue;
      for (const auto which : {0, 1}) {
        rate[which].push_back(made[which].a_second);
        serving[which].push_back(made[which].serving_micros);
      }
      life_rates.push_back(made[1].a_second / made[0].a_second);
      life_servings.push_back(made[1].serving_micros / made[0].serving_micros);
    }
    rates.push_back(mean_of(life_rates).mean);
    servings.push_back(mean_of(life_servings).mean);
  }

  void print() const {
    if (rates.empty())
      return;
    const auto by_rate = mean_of(rates), by_serving = mean_of(servings);
    std::printf("%-13s %2zu lives, %3zu turns   rate %.3f +- %.3f   serving time %.3f +- %.3f   "
                "medians %.0f and %.0f a second, %.1f and %.1f us\n",
                what.name, rates.size(), rate[0].size(), by_rate.mean, by_rate.error, by_serving.mean,
                by_serving.error, median(rate[0]), median(rate[1]), median(serving[0]), median(serving[1]));
    std::fflush(stdout);
  }
};

int usage() {
  std::fprintf(stderr,
               "usage: bench_pairs [--lives=10] [--turns=5] [--turn-ms=300] ONE OTHER [SCENARIO...]\n"
               "--lives: how often both are started; --turns: of each in each life\n"
               "each of the two: the path of a frontrow program, node, node-checked, nginx, or committed\n"
               "scenarios:");
  for (const auto& each : scenarios)
    std::fprintf(stderr, " %s", each.name);
  std::fprintf(stderr, "\n");
  return 2;
}

} // namespace

int main(int argc, char** argv) try {
  int lives = 10, turns = 5, turn_ms = 300;
  std::vector<std::string> words;
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    if (word.starts_with("--lives="))
      lives = std::atoi(word.c_str() + 8);
    else if (word.starts_with("--turns="))
      turns = std::atoi(word.c_str() + 8);
    else if (word.starts_with("--turn-ms="))
      turn_ms = std::atoi(word.c_str() + 10);
    else
      words.push_back(word);
  }
  if (words.size() < 2 || lives < 2 || turns < 1 || turn_ms < 1)
    return usage();
  std::vector<scenario> chosen;
  for (auto word = words.begin() + 2; word != words.end(); ++word) {
    const auto* found = std::find_if(std::begin(scenarios), std::end(scenarios), [&](const auto& each) { return each.name == *word; });
    if (found == std::end(scenarios))
      return usage();
    chosen.push_back(*found);
  }
  if (chosen.empty())
    chosen.assign(std::begin(scenarios), std::end(scenarios));
  end_on_signals();
  allow_many_files();
  frontrow::test::postgres_server::of_this_program(); // must outlive them
  const auto turn = extent_of_turn(std::chrono::milliseconds{turn_ms});
  std::vector<comparison> all;
  for (const auto& each : chosen)
    all.emplace_back(each);
  const auto print_all = [&] {
    std::printf("%s to %s\n", words[1].c_str(), words[0].c_str());
    for (const auto& each : all)
      each.print();
  };
  try {
    for (int life = 0; life < lives; ++life) {
      std::optional<side> sides[2];
      for (const auto which : {life & 1, 1 - (life & 1)})
        sides[which].emplace(words[static_cast<std::size_t>(which)], turn);
      for (auto& each : all)
        each.go_on(*sides[0], *sides[1], life, turns);
      std::fprintf(stderr, "life %d of %d\n", life + 1, lives);
    }
  } catch (...) {
    print_all(); // what there is
    throw;
  }
  print_all();
  return 0;
} catch (const interrupted&) {
  return 130;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_pairs: %s\n", error.what());
  return 1;
}
