// scripts/simulate: as many seeds as asked for.
#include "tests/simulation/runner.hpp"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string_view>

namespace {
using namespace frontrow::simulation;

constexpr std::string_view usage =
    "simulate [--seeds N] [--minutes M] [--seed S] [--faults K] [--flaw NAME] [--trace LINES]\n"
    "  runs N seeds (10000; with --minutes as many as fit), from S on (a random one), up to the first that "
    "fails\n"
    "  --faults K     injects no more than K faults a run\n"
    "  --flaw NAME    with a deliberate fault of the program\n"
    "  --trace LINES  prints the end of the trace of seed S\n";

struct wishes {
  run_plan plan;
  std::uint64_t seeds = 10'000;
  double minutes = 0;
};

bool read(int count, char** words, wishes& into) {
  into.plan.seed = std::random_device{}();
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = words[i];
    if (i + 1 == count)
      return false;
    const char* value = words[i + 1];
    if (name == "--seeds")
      into.seeds = std::strtoull(value, nullptr, 10);
    else if (name == "--minutes")
      into.minutes = std::strtod(value, nullptr);
    else if (name == "--seed")
      into.plan.seed = std::strtoull(value, nullptr, 10);
    else if (name == "--faults")
      into.plan.faults_max = static_cast<std::uint32_t>(std::strtoul(value, nullptr, 10));
    else if (name == "--trace")
      into.plan.trace_lines = std::strtoull(value, nullptr, 10);
    else if (name == "--flaw") {
      for (std::size_t kind = 0; kind < static_cast<std::size_t>(flaw::count); ++kind)
        if (name_of(static_cast<flaw>(kind)) == value)
          into.plan.with = static_cast<flaw>(kind);
    } else
      return false;
    if (name == "--minutes" && into.seeds == wishes{}.seeds)
      into.seeds = std::uint64_t{1} << 40;
  }
  return true;
}
} // namespace

int main(int count, char** words) {
  wishes asked;
  if (!read(count, words, asked)) {
    std::cout << usage;
    return 2;
  }
  if (asked.plan.trace_lines > 0) {
    const auto result = run_apart(asked.plan);
    std::cout << result.trace << (result.failed() ? result.invariant + ": " + result.what : "all held")
              << "\n";
    return result.failed() ? 1 : 0;
  }
  std::cout << "simulation: from seed " << asked.plan.seed << std::endl;
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>{asked.minutes * 60};
  const auto enough = [&] { return asked.minutes > 0 && std::chrono::steady_clock::now() >= until; };
  const auto result = survey(asked.plan.seed, asked.seeds, asked.plan, enough);
  std::cout << report_of(result.all);
  if (!result.first)
    return 0;
  std::cout << report_of(*result.first);
  return 1;
}
