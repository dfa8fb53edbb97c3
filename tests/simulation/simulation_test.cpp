#include "tests/domain/random_source.hpp"
#include "tests/simulation/runner.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iomanip>
#include <iostream>

using namespace frontrow::simulation;

namespace {
/// Each deliberate fault must be found within so many seeds.
constexpr std::uint64_t seeds_to_find_a_flaw = 1'000;

std::uint64_t seeds_asked_for() {
  const char* given = std::getenv("FRONTROW_SIMULATION_SEEDS");
  return given ? std::strtoull(given, nullptr, 10) : 10'000;
}

std::uint64_t base_seed(std::string_view test) {
  return frontrow::test::random_source{test}.seed() >> 16; // room for as many as one likes
}
} // namespace

BOOST_AUTO_TEST_SUITE(simulation)

BOOST_AUTO_TEST_CASE(whatever_goes_wrong_what_must_always_hold_holds) {
  const auto from = base_seed("whatever_goes_wrong_what_must_always_hold_holds");
  std::cout << "simulation: from seed " << from << std::endl;
  const auto result = survey(from, seeds_asked_for(), {});
  std::cout << report_of(result.all) << std::flush;
  BOOST_TEST(!result.first, (result.first ? report_of(*result.first) : ""));
  for (std::size_t kind = 0; kind < fault_kinds; ++kind)
    BOOST_TEST((result.all.faults[kind] > 0 || result.all.runs < 100), name_of(static_cast<fault>(kind))
                                                                           << " never struck");
}

BOOST_AUTO_TEST_CASE(the_same_seed_is_the_same_run) {
  run_plan plan;
  plan.seed = base_seed("the_same_seed_is_the_same_run");
  plan.trace_lines = 100'000;
  const auto once = run_apart(plan);
  const auto again = run_apart(plan);
  BOOST_TEST(once.counted.steps == again.counted.steps);
  BOOST_TEST((once.trace == again.trace));
  BOOST_TEST(!once.trace.empty());
}

BOOST_AUTO_TEST_CASE(a_failing_seed_is_printed_with_the_shortest_prefix_that_fails) {
  run_plan plan;
  plan.with = flaw::fence_left_out;
  const auto found = survey(base_seed("a_failing_seed_is_printed"), seeds_to_find_a_flaw, plan);
  BOOST_REQUIRE(found.first.has_value());
  const auto report = report_of(*found.first);
  const auto said = std::string{"--seed "} + std::to_string(found.first->plan.seed) + " --seeds 1 --faults ";
  BOOST_REQUIRE(report.find(said) != std::string::npos);
  auto again = found.first->plan;
  again.faults_max =
      static_cast<std::uint32_t>(std::strtoul(report.c_str() + report.find(said) + said.size(), nullptr, 10));
  BOOST_TEST(run_apart(again).failed());
  BOOST_TEST((again.faults_max == 0 || (--again.faults_max, !run_apart(again).failed())));
}

BOOST_AUTO_TEST_CASE(every_deliberate_fault_is_found) {
  const auto from = base_seed("every_deliberate_fault_is_found");
  for (auto kind = static_cast<std::size_t>(flaw::none) + 1; kind < static_cast<std::size_t>(flaw::count);
       ++kind) {
    run_plan plan;
    plan.with = static_cast<flaw>(kind);
    const auto result = survey(from, seeds_to_find_a_flaw, plan);
    BOOST_TEST(result.first.has_value(), name_of(plan.with) << " was not found");
    if (result.first)
      std::cout << "simulation: " << std::left << std::setw(26) << name_of(plan.with) << " found after "
                << std::setw(4) << result.first->plan.seed - from + 1
                << " seeds: " << result.first->result.invariant << std::endl;
  }
}

BOOST_AUTO_TEST_SUITE_END()
