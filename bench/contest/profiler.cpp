#include "bench/contest/profiler.hpp"

#include <csignal>

namespace frontrow::bench {

namespace {

/// Not a divisor of what timers in the programs go by.
constexpr const char* samples_a_second = "199";
/// The kernel's clock: virtual machines have no counters. Frame pointers are left out by Debian's libraries,
/// so the upper part of each stack is kept and unwound afterwards.
constexpr const char* stack_bytes = "dwarf,16384";
constexpr std::chrono::seconds end_patience{20}, unwinding_patience{120};

bool is_there() {
  return test::run_to_end({{"perf", "--version"}, {}}).exit_code == 0;
}

std::string joined(const std::vector<pid_t>& programs) {
  std::string text;
  for (const auto pid : programs)
    text += (text.empty() ? "" : ",") + std::to_string(pid);
  return text;
}

} // namespace

profiler::profiler(const std::vector<pid_t>& programs) {
  if (!is_there())
    return;
  const test::command_line line{{"perf", "record", "-q", "-e", "cpu-clock", "-F", samples_a_second,
                                 "--call-graph", stack_bytes, "-o", (folder_.path() / "samples").string(),
                                 "-p", joined(programs)},
                                {}};
  perf_.emplace(line, folder_.path() / "errors");
}

profile profiler::stop() {
  if (!perf_)
    return {{}, "perf is not there (package linux-perf)"};
  perf_->signal(SIGINT);
  perf_->wait_for_end(end_patience);
  const auto told = test::run_to_end(
      {{"perf", "script", "--no-inline", "-F", "comm,ip,sym", "-i", (folder_.path() / "samples").string()},
       {}},
      unwinding_patience);
  profile made{fold(told.output), {}};
  if (made.stacks.empty())
    made.complaint =
        "perf has no samples: " + test::tail_of(folder_.path() / "errors", 3) + told.errors.substr(0, 300);
  return made;
}

} // namespace frontrow::bench
