#pragma once

#include "tests/simulation/plan.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace frontrow::simulation {

/// Runs it in a process of its own: a broken assertion of a machine ends that process and comes back as the
/// result.
run_result run_apart(const run_plan& plan);

struct failing_seed {
  run_plan plan;
  run_result result;
};
struct survey_result {
  figures all;
  std::optional<failing_seed> first;
};

/// Runs the seeds from `first` on, `count` of them or until `enough()` says so after a batch, up to the first
/// that fails; all else as in `like`.
survey_result survey(std::uint64_t first, std::uint64_t count, const run_plan& like,
                     const std::function<bool()>& enough = {});

/// What to print of a failing seed: the invariant, the smallest number of faults with which it still fails,
/// the end of that run's trace, and how to run it again.
std::string report_of(const failing_seed& failing);

/// Runs, hours, and the faults by kind.
std::string report_of(const figures& all);

} // namespace frontrow::simulation
