#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "tests/simulation/world.hpp"

int main(int count, char** words) {
  using namespace frontrow::simulation;
  const auto from = count > 1 ? std::strtoull(words[1], nullptr, 10) : 1;
  const auto seeds = count > 2 ? std::strtoull(words[2], nullptr, 10) : 1;
  figures all;
  for (auto seed = from; seed < from + seeds; ++seed) {
    run_plan plan;
    plan.seed = seed;
    plan.trace_lines = count > 3 ? std::strtoul(words[3], nullptr, 10) : 0;
    world here{plan};
    const auto result = here.run();
    all += result.counted;
    if (result.failed() || plan.trace_lines) {
      std::cout << result.trace << "seed " << seed << ": " << result.invariant << ": " << result.what << " after "
                << result.faults << " faults\n";
      if (result.failed())
        return 1;
    }
  }
  std::cout << all.runs << " runs, " << all.steps << " steps, " << all.simulated_ms / 1000 << " s, " << all.rows
            << " rows, " << all.answers << " answers, " << all.unavailable << " unavailable, " << all.claims
            << " claims\n";
  for (std::size_t kind = 0; kind < fault_kinds; ++kind)
    std::cout << name_of(static_cast<fault>(kind)) << " " << all.faults[kind] << "\n";
}
